use std::sync::Arc;

use async_trait::async_trait;
use kernel::{Act, Actor, Fault, OrganizationId, RoleKey};
use rbac::{Holder, system};
use tenancy::ports::{Authority, MayGive, Verdict};

use crate::Node;

/// The tenancy domain's question, answered from the organization's snapshot.
pub struct SnapshotAuthority {
    /// What this node knows by heart.
    pub node: Arc<Node>,
}

#[async_trait]
impl Authority for SnapshotAuthority {
    async fn may_give(&self, organization: OrganizationId, act: &Act, role: &RoleKey) -> Result<MayGive, Fault> {
        let snapshot = self
            .node
            .snapshot(organization)
            .await?
            .ok_or_else(|| Fault::defect("an organization that was entered is gone"))?;
        let verdict = match (act.actor, act.actor.principal()) {
            _ if !snapshot.has_role(role) => Verdict::NoSuchRole,
            (Actor::System, _) => Verdict::Yes,
            (_, Some(user)) => {
                let giver = Holder { user, narrowed: act.narrowed.as_ref() };
                snapshot.beyond(giver, role).map_or(Verdict::Yes, |it| Verdict::Beyond(it.clone()))
            }
            // Holds nothing, not even the right to ask.
            (_, None) => Verdict::Beyond(system::TEAM_INVITE),
        };
        Ok(MayGive { version: snapshot.version(), verdict })
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{act, nth};

    use super::*;
    use crate::testing::{ACME, JOHN, member, node};

    async fn may_give(actor: Actor, role: &str) -> Verdict {
        let authority = SnapshotAuthority { node: node(vec![member(JOHN, RoleKey::ADMIN)]) };
        let answer = authority.may_give(nth(ACME), &act().by(actor), &RoleKey::parse(role).unwrap()).await.unwrap();
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
    async fn a_key_gives_what_both_it_and_its_maker_hold() {
        use kernel::Narrowed;
        let authority = SnapshotAuthority { node: node(vec![member(JOHN, RoleKey::OWNER)]) };
        let narrowed = |it| act().by(Actor::Key { id: nth(7), maker: nth(JOHN) }).narrowed(Some(it));
        let admin = narrowed(Narrowed::ToRole(RoleKey::ADMIN));
        let invites = narrowed(Narrowed::To([system::TEAM_INVITE].into()));
        for (act, role, may) in
            [(&admin, RoleKey::ADMIN, true), (&admin, RoleKey::OWNER, false), (&invites, RoleKey::MEMBER, false)]
        {
            let verdict = authority.may_give(nth(ACME), act, &role).await.unwrap().verdict;
            assert_eq!(verdict == Verdict::Yes, may, "{role} {verdict:?}");
        }
    }

    #[tokio::test]
    async fn only_the_system_itself_gives_without_holding() {
        assert_eq!(may_give(Actor::System, "owner").await, Verdict::Yes);
        assert!(matches!(may_give(Actor::Nobody, "member").await, Verdict::Beyond(_)));
    }

    #[tokio::test]
    async fn an_organization_that_is_gone_is_a_defect() {
        let authority = SnapshotAuthority { node: node(vec![]) };
        assert!(authority.may_give(nth(61), &act().by(Actor::System), &RoleKey::MEMBER).await.is_err());
    }
}
