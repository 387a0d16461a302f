use std::collections::HashMap;
use std::sync::Arc;

use kernel::{Act, Fault, OrganizationId, Permission, Time, UserId};
use rbac::ports::Authorizations;
use rbac::{Facts, Holder, Snapshot};

use crate::replay::replay;
use crate::views::{History, Team, TeamRow};

/// Who may do what in an organization, or could at an earlier moment.
pub struct ReportAccess {
    /// How it is.
    pub authorizations: Arc<dyn Authorizations>,
    /// How it came to be so.
    pub history: Arc<dyn History>,
    /// Who people are.
    pub team: Arc<dyn Team>,
}

/// The matrix: members and permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessReport {
    /// Of which moment.
    pub at: Time,
    /// Every permission there was, in order.
    pub permissions: Vec<Permission>,
    /// Who was a member, by id.
    pub members: Vec<AccessRow>,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRow {
    /// Who.
    pub user: UserId,
    /// What people know them by; absent for who is no member any more.
    pub known_as: Option<TeamRow>,
    /// As what.
    pub role: String,
    /// Whether the membership counted.
    pub active: bool,
    /// What they could do, in order.
    pub permissions: Vec<Permission>,
}

impl ReportAccess {
    /// People whose names are looked up at a time.
    const BITE: usize = 1_000;

    /// At the moment of the act, or earlier. `None` where the log does not reach back to the organization's beginning any
    /// more, or there is no such organization.
    pub async fn run(
        &self,
        act: &Act,
        organization: OrganizationId,
        at: Option<Time>,
    ) -> Result<Option<AccessReport>, Fault> {
        let at = at.filter(|it| *it < act.at);
        let facts = match at {
            None => self.authorizations.load(organization).await?,
            Some(at) => {
                let entries = self.history.decisive(organization, at).await?;
                entries.map(|it| replay(organization, &it))
            }
        };
        match facts {
            None => Ok(None),
            Some(facts) => self.tell(facts, at.unwrap_or(act.at)).await.map(Some),
        }
    }

    async fn tell(&self, facts: Facts, at: Time) -> Result<AccessReport, Fault> {
        let organization = facts.organization;
        let permissions = facts.rules.clone().whole().permissions;
        let mut people: Vec<_> = facts.members.iter().map(|it| (it.user, it.role.clone(), it.active)).collect();
        people.sort_unstable_by_key(|it| it.0);
        let snapshot = Snapshot::build(facts);
        let mut known: HashMap<UserId, TeamRow> = HashMap::new();
        let ids: Vec<UserId> = people.iter().map(|it| it.0).collect();
        for some in ids.chunks(Self::BITE) {
            known.extend(self.team.among(organization, some).await?.into_iter().map(|it| (it.id, it)));
        }
        let members = people.into_iter().map(|(user, role, active)| {
            let mut permissions: Vec<Permission> = snapshot.permissions_of(Holder::at(user, at)).cloned().collect();
            permissions.sort_unstable();
            AccessRow { user, known_as: known.remove(&user), role: role.to_string(), active, permissions }
        });
        Ok(AccessReport { at, permissions, members: members.collect() })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use kernel::RoleKey;
    use kernel::testing::{NOON, act, nth};
    use rbac::ports::MockAuthorizations;
    use rbac::{MemberFact, Rules};
    use serde_json::{Value, json};

    use super::*;
    use crate::views::{MockHistory, MockTeam};

    fn report(history: MockHistory) -> ReportAccess {
        let mut authorizations = MockAuthorizations::new();
        authorizations.expect_load().returning(|organization| {
            let member = |n, role| MemberFact { user: nth(n), role, active: true, grants: Vec::new() };
            let members = vec![member(9, RoleKey::MEMBER), member(7, RoleKey::OWNER)];
            let facts = Facts { organization, version: 1, rules: Rules::default(), members };
            Ok((organization == nth(3)).then_some(facts))
        });
        let mut team = MockTeam::new();
        team.expect_among().returning(|_, users| {
            let row = |id: &UserId| TeamRow {
                id: *id,
                email: "ada@example.com".to_owned(),
                username: "ada".to_owned(),
                role: "owner".to_owned(),
                status: "active".to_owned(),
                joined_at: NOON,
            };
            Ok(users.iter().filter(|it| **it == nth(7)).map(row).collect())
        });
        ReportAccess { authorizations: Arc::new(authorizations), history: Arc::new(history), team: Arc::new(team) }
    }

    #[tokio::test]
    async fn it_tells_how_it_is() {
        let report =
            report(MockHistory::new()).run(&act(), nth(3), Some(NOON + TimeDelta::days(1))).await.unwrap().unwrap();
        assert_eq!(report.at, NOON, "what is to come nobody knows");
        let [owner, member] = report.members.as_slice() else { panic!("{report:?}") };
        assert_eq!((owner.user, owner.role.as_str(), &owner.permissions), (nth(7), "owner", &report.permissions));
        assert_eq!(owner.known_as.as_ref().map(|it| it.username.as_str()), Some("ada"));
        let held: Vec<&str> = member.permissions.iter().map(Permission::as_str).collect();
        assert_eq!(held, ["entitlements.consume", "entitlements.view", "organization.view", "team.view"]);
        assert_eq!(member.known_as, None);
    }

    #[tokio::test]
    async fn it_tells_how_it_was() {
        let mut history = MockHistory::new();
        history.expect_decisive().withf(|_, at| *at == NOON - TimeDelta::days(1)).returning(|_, _| {
            let field = |key: &str, after| audit::Detail { key: key.to_owned(), before: Value::Null, after };
            Ok(Some(vec![audit::Entry {
                action: "member.added".to_owned(),
                target_id: nth::<UserId>(8).to_string(),
                public: vec![field("role", json!("admin")), field("status", json!("active"))],
                ..audit::testing::entry(1)
            }]))
        });
        let report = report(history).run(&act(), nth(3), Some(NOON - TimeDelta::days(1))).await.unwrap().unwrap();
        let [then] = report.members.as_slice() else { panic!("{report:?}") };
        assert_eq!((then.user, then.role.as_str(), then.active), (nth(8), "admin", true));
        assert!(then.permissions.iter().any(|it| it.as_str() == "audit.view"));
    }

    #[tokio::test]
    async fn what_the_log_does_not_reach_back_to_is_not_made_up() {
        let mut history = MockHistory::new();
        history.expect_decisive().returning(|_, _| Ok(None));
        let before = Some(NOON - TimeDelta::days(1));
        assert_eq!(report(history).run(&act(), nth(3), before).await.unwrap(), None);
        assert_eq!(report(MockHistory::new()).run(&act(), nth(4), None).await.unwrap(), None);
    }
}
