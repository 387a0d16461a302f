use std::sync::Arc;

use async_trait::async_trait;
use kernel::{Actor, Fault, OrganizationId, RoleKey};
use rbac::system;
use tenancy::ports::{Authority, MayGive, Verdict};

use crate::Node;

/// The tenancy domain's question, answered from the organization's snapshot.
pub struct SnapshotAuthority {
    /// What this node knows by heart.
    pub node: Arc<Node>,
}

#[async_trait]
impl Authority for SnapshotAuthority {
    async fn may_give(&self, organization: OrganizationId, actor: Actor, role: &RoleKey) -> Result<MayGive, Fault> {
        let snapshot = self
            .node
            .snapshot(organization)
            .await?
            .ok_or_else(|| Fault::defect("an organization that was entered is gone"))?;
        let verdict = match actor {
            _ if !snapshot.has_role(role) => Verdict::NoSuchRole,
            Actor::User { id, .. } => snapshot.beyond(id, role).map_or(Verdict::Yes, |it| Verdict::Beyond(it.clone())),
            Actor::System => Verdict::Yes,
            // Holds nothing, not even the right to ask.
            Actor::Nobody => Verdict::Beyond(system::TEAM_INVITE),
        };
        Ok(MayGive { version: snapshot.version(), verdict })
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::nth;

    use super::*;
    use crate::testing::{ACME, JOHN, member, node};

    async fn may_give(actor: Actor, role: &str) -> Verdict {
        let authority = SnapshotAuthority { node: node(vec![member(JOHN, RoleKey::ADMIN)]) };
        let answer = authority.may_give(nth(ACME), actor, &RoleKey::parse(role).unwrap()).await.unwrap();
        assert_eq!(answer.version, 7);
        answer.verdict
    }

    #[tokio::test]
    async fn the_snapshot_says_who_may_give_what() {
        let john = Actor::User { id: nth(JOHN), session: nth(51) };
        assert_eq!(may_give(john, "admin").await, Verdict::Yes);
        assert_eq!(may_give(john, "member").await, Verdict::Yes);
        assert_eq!(may_give(john, "beekeeper").await, Verdict::NoSuchRole);
        assert!(matches!(may_give(john, "owner").await, Verdict::Beyond(_)));
        let stranger = Actor::User { id: nth(99), session: nth(51) };
        assert!(matches!(may_give(stranger, "member").await, Verdict::Beyond(_)));
    }

    #[tokio::test]
    async fn only_the_system_itself_gives_without_holding() {
        assert_eq!(may_give(Actor::System, "owner").await, Verdict::Yes);
        assert!(matches!(may_give(Actor::Nobody, "member").await, Verdict::Beyond(_)));
    }

    #[tokio::test]
    async fn an_organization_that_is_gone_is_a_defect() {
        let authority = SnapshotAuthority { node: node(vec![]) };
        assert!(authority.may_give(nth(61), Actor::System, &RoleKey::MEMBER).await.is_err());
    }
}
