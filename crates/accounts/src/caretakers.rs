use std::sync::Arc;

use async_trait::async_trait;
use kernel::{EmailAddress, Fault, OrganizationId, OrganizationRef, PageRequest, Time, UserId};
use rbac::system::WEBHOOKS_MANAGE;
use tenancy::ports::Organizations;
use webhooks::ports::{Caretaker, Caretakers};

use crate::views::Team;
use crate::{Node, holders};

/// Who may manage webhooks, answered from the organization's snapshot.
pub struct SnapshotCaretakers {
    /// What this node knows by heart.
    pub node: Arc<Node>,
    /// What organizations are called.
    pub organizations: Arc<dyn Organizations>,
    /// Where members are reached.
    pub team: Arc<dyn Team>,
}

/// Whom a mail goes to at most.
const MOST: u8 = 50;

#[async_trait]
impl Caretakers for SnapshotCaretakers {
    async fn of(&self, organization: OrganizationId, at: Time) -> Result<Option<(String, Vec<Caretaker>)>, Fault> {
        let Some(snapshot) = self.node.snapshot(organization).await? else { return Ok(None) };
        let Some(found) = self.organizations.find(&OrganizationRef::Id(organization)).await? else { return Ok(None) };
        let page = PageRequest { limit: MOST, after: None };
        let who: Vec<UserId> = holders(&snapshot, &WEBHOOKS_MANAGE, at, &page)
            .map(|it| it.data.into_iter().map(|(user, _)| user).collect())
            .unwrap_or_default();
        let reached = self.team.among(organization, &who).await?;
        let caretakers = reached
            .into_iter()
            .filter_map(|it| Some(Caretaker { email: EmailAddress::parse(&it.email)?, username: it.username }));
        Ok(Some((found.name.as_str().to_owned(), caretakers.collect())))
    }
}

#[cfg(test)]
mod tests {
    use kernel::RoleKey;
    use kernel::testing::{NOON, nth};
    use tenancy::ports::MockOrganizations;

    use super::*;
    use crate::testing::{ACME, member, node, suspended};
    use crate::views::{MockTeam, TeamRow};

    async fn caretakers(exists: bool) -> Option<(String, Vec<Caretaker>)> {
        let mut organizations = MockOrganizations::new();
        let acme = tenancy::testing::acme(nth(ACME));
        organizations.expect_find().returning(move |_| Ok(exists.then(|| acme.clone())));
        let mut team = MockTeam::new();
        team.expect_among().returning(|_, users| {
            let row = |id: &UserId| TeamRow {
                id: *id,
                email: format!("{id}@example.com"),
                username: "somebody".into(),
                role: "owner".into(),
                status: "active".into(),
                joined_at: NOON,
            };
            Ok(users.iter().map(row).collect())
        });
        let members = vec![
            member(1, RoleKey::OWNER),
            member(2, RoleKey::ADMIN),
            member(3, RoleKey::MEMBER),
            suspended(4, RoleKey::OWNER),
        ];
        let caretakers =
            SnapshotCaretakers { node: node(members), organizations: Arc::new(organizations), team: Arc::new(team) };
        caretakers.of(nth(ACME), NOON).await.unwrap()
    }

    #[tokio::test]
    async fn they_are_who_may_manage_webhooks_now() {
        let (name, caretakers) = caretakers(true).await.unwrap();
        let expected = [1, 2].map(|n| Caretaker {
            username: "somebody".into(),
            email: EmailAddress::parse(&format!("{}@example.com", nth::<UserId>(n))).unwrap(),
        });
        assert_eq!((name.as_str(), caretakers), ("Acme", expected.to_vec()));
    }

    #[tokio::test]
    async fn an_organization_that_is_gone_has_none() {
        assert_eq!(caretakers(false).await, None);
    }
}
