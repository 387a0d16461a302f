use kernel::{Permission, UserId};
use rbac::{Because, Holder, Snapshot, Verdict, system};

use crate::Error;

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What was asked for.
    pub permission: Permission,
    /// The answer.
    pub verdict: Verdict,
    /// What decided, where it was asked to be explained.
    pub because: Option<Vec<Because>>,
}

/// Whether `about` may, else `asker`: about oneself, by one's own credential, freely; about another member with `team.view`;
/// others are not found.
pub fn check_permissions(
    snapshot: &Snapshot,
    asker: Holder<'_>,
    about: Option<UserId>,
    permissions: Vec<Permission>,
    explain: bool,
) -> Result<Vec<Checked>, Error> {
    let about = match about.filter(|it| *it != asker.user) {
        None => asker,
        Some(_) if !snapshot.check(asker, &system::TEAM_VIEW).allowed => {
            return Err(Error::PermissionDenied(system::TEAM_VIEW));
        }
        Some(other) => {
            snapshot.member(other).ok_or(Error::NotFound)?;
            Holder::at(other, asker.at)
        }
    };
    let check = |permission: Permission| Checked {
        verdict: snapshot.check(about, &permission),
        because: explain.then(|| snapshot.explain(about, &permission).because),
        permission,
    };
    Ok(permissions.into_iter().map(check).collect())
}

#[cfg(test)]
mod tests {
    use kernel::RoleKey;
    use kernel::testing::{NOON, nth};
    use rbac::system::{TEAM_INVITE, TEAM_VIEW};
    use rbac::{Pattern, Reason, Role};

    use super::*;
    use crate::testing::{facts, member, suspended};

    const ADMIN: u64 = 1;
    const MEMBER: u64 = 2;
    const BLIND: u64 = 3;
    const SUSPENDED: u64 = 4;

    fn snapshot() -> Snapshot {
        let blind = RoleKey::parse("blind").unwrap();
        let role = Role {
            id: nth(9),
            key: blind.clone(),
            name: "Blind".into(),
            permissions: vec![],
            inherits: vec![],
            is_system: false,
        };
        let mut facts = facts(vec![
            member(ADMIN, RoleKey::ADMIN),
            member(MEMBER, RoleKey::MEMBER),
            member(BLIND, blind),
            suspended(SUSPENDED, RoleKey::ADMIN),
        ]);
        facts.rules.roles.push(role);
        Snapshot::build(facts)
    }

    fn by(user: u64) -> Holder<'static> {
        Holder::at(nth(user), NOON)
    }

    fn ask(asker: u64, about: u64, explain: bool) -> Result<Vec<Checked>, Error> {
        check_permissions(&snapshot(), by(asker), Some(nth(about)), vec![TEAM_VIEW, TEAM_INVITE], explain)
    }

    fn reasons(asker: u64, about: u64) -> Vec<Reason> {
        ask(asker, about, false).unwrap().into_iter().map(|it| it.verdict.reason).collect()
    }

    #[test]
    fn everybody_asks_about_themselves() {
        assert_eq!(reasons(MEMBER, MEMBER), [Reason::HeldByRole, Reason::NotGranted]);
        assert_eq!(reasons(BLIND, BLIND), [Reason::NotGranted, Reason::NotGranted]);
    }

    #[test]
    fn who_sees_the_team_asks_about_its_members() {
        assert_eq!(reasons(MEMBER, ADMIN), [Reason::HeldByRole, Reason::HeldByRole]);
        assert_eq!(reasons(ADMIN, SUSPENDED), [Reason::MemberSuspended, Reason::MemberSuspended]);
        assert!(matches!(ask(BLIND, ADMIN, false), Err(Error::PermissionDenied(it)) if it == TEAM_VIEW));
    }

    #[test]
    fn a_key_asks_about_itself_as_what_it_is_and_about_others_as_what_they_are() {
        use kernel::Narrowed;
        let ask = |scopes: &[kernel::Permission], about| {
            let narrowed = Narrowed::To(scopes.into());
            let asker = Holder { narrowed: Some(&narrowed), ..by(ADMIN) };
            let checked = check_permissions(&snapshot(), asker, about, vec![TEAM_VIEW, TEAM_INVITE], false)?;
            Ok::<_, Error>(checked.into_iter().map(|it| it.verdict.reason).collect::<Vec<_>>())
        };
        for about in [None, Some(nth(ADMIN))] {
            assert_eq!(ask(&[TEAM_VIEW], about).unwrap(), [Reason::HeldByRole, Reason::NotInScopes]);
            assert_eq!(ask(&[], about).unwrap(), [Reason::NotInScopes, Reason::NotInScopes]);
        }
        assert_eq!(ask(&[TEAM_VIEW], Some(nth(MEMBER))).unwrap(), [Reason::HeldByRole, Reason::NotGranted]);
        assert!(matches!(ask(&[TEAM_INVITE], Some(nth(MEMBER))), Err(Error::PermissionDenied(it)) if it == TEAM_VIEW));
    }

    #[test]
    fn strangers_are_not_found() {
        assert!(matches!(ask(ADMIN, 99, false), Err(Error::NotFound)));
    }

    #[test]
    fn answers_keep_the_order_and_are_explained_where_that_is_wanted() {
        let checked = ask(MEMBER, MEMBER, true).unwrap();
        let because = Because::Role { role: RoleKey::MEMBER, pattern: Pattern::One(TEAM_VIEW) };
        assert_eq!((&checked[0].permission, &checked[0].because), (&TEAM_VIEW, &Some(vec![because])));
        assert_eq!((&checked[1].permission, &checked[1].because), (&TEAM_INVITE, &Some(vec![])));
        assert_eq!(ask(MEMBER, MEMBER, false).unwrap()[0].because, None);
    }
}
