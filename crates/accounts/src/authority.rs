use std::sync::Arc;

use async_trait::async_trait;
use kernel::{Act, Actor, Fault, OrganizationId, Permission, RoleKey, UserId};
use rbac::{Holder, Pattern, Snapshot, system};
use tenancy::ports::{Authority, Ruling, Verdict};

use crate::Node;

/// The tenancy domain's questions, answered from the organization's snapshot.
pub struct SnapshotAuthority {
    /// What this node knows by heart.
    pub node: Arc<Node>,
}

#[async_trait]
impl Authority for SnapshotAuthority {
    async fn may(
        &self,
        organization: OrganizationId,
        act: &Act,
        permission: &Permission,
    ) -> Result<Option<Ruling>, Fault> {
        let Some(snapshot) = self.node.snapshot(organization).await? else { return Ok(None) };
        Ok(Some(rule(&snapshot, act, permission, |_| None)))
    }

    async fn may_give(&self, organization: OrganizationId, act: &Act, role: &RoleKey) -> Result<Option<Ruling>, Fault> {
        let Some(snapshot) = self.node.snapshot(organization).await? else { return Ok(None) };
        if !snapshot.has_role(role) {
            return Ok(Some(Ruling { version: snapshot.version(), verdict: Verdict::NoSuchRole }));
        }
        Ok(Some(rule(&snapshot, act, &system::TEAM_INVITE, |giver| snapshot.beyond(giver, role))))
    }

    async fn may_act_on(
        &self,
        organization: OrganizationId,
        act: &Act,
        user: UserId,
        needed: &Permission,
    ) -> Result<Option<Ruling>, Fault> {
        let Some(snapshot) = self.node.snapshot(organization).await? else { return Ok(None) };
        // Nobody is above themselves, whatever was denied to them.
        let is_own = act.actor.principal() == Some(user) && act.narrowed.is_none();
        if is_own && snapshot.member(user).is_some_and(|(_, active)| active) {
            return Ok(Some(Ruling { version: snapshot.version(), verdict: Verdict::Yes }));
        }
        Ok(Some(rule(&snapshot, act, needed, |actor| snapshot.above(actor, user))))
    }
}

/// What is needed first, then what else they lack who act by somebody's rights.
fn rule(
    snapshot: &Snapshot,
    act: &Act,
    needed: &Permission,
    lacking: impl FnOnce(Holder<'_>) -> Option<Pattern>,
) -> Ruling {
    let verdict = match Holder::of(act) {
        Some(holder) if snapshot.check(holder, needed).allowed => {
            lacking(holder).map_or(Verdict::Yes, |it| Verdict::Beyond(it.to_string()))
        }
        // Portcullis itself needs no rights.
        None if act.actor == Actor::System => Verdict::Yes,
        Some(_) | None => Verdict::Beyond(needed.to_string()),
    };
    Ruling { version: snapshot.version(), verdict }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{act, nth};

    use super::*;
    use crate::testing::{ACME, JOHN, member, node, suspended};

    async fn may_give(actor: Actor, role: &str) -> Verdict {
        let authority = SnapshotAuthority { node: node(vec![member(JOHN, RoleKey::ADMIN)]) };
        let answer = authority.may_give(nth(ACME), &act().by(actor), &RoleKey::parse(role).unwrap()).await;
        let answer = answer.unwrap().unwrap();
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
            let verdict = authority.may_give(nth(ACME), act, &role).await.unwrap().unwrap().verdict;
            assert_eq!(verdict == Verdict::Yes, may, "{role} {verdict:?}");
        }
    }

    #[tokio::test]
    async fn nobody_acts_on_somebody_above_them_but_on_themselves() {
        let members = vec![member(JOHN, RoleKey::ADMIN), member(80, RoleKey::OWNER), member(81, RoleKey::MEMBER)];
        let authority = SnapshotAuthority { node: node(members) };
        let on = async |actor, user| {
            let act = act().by(actor);
            let ruling = authority.may_act_on(nth(ACME), &act, nth(user), &system::TEAM_REMOVE).await.unwrap().unwrap();
            assert_eq!(ruling.version, 7);
            ruling.verdict
        };
        let person = |id| Actor::User { id: nth(id), session: nth(51) };
        assert_eq!(on(person(JOHN), 81).await, Verdict::Yes);
        assert_eq!(on(person(JOHN), 80).await, Verdict::Beyond("organization.delete".into()));
        assert_eq!(on(person(81), 81).await, Verdict::Yes);
        assert!(matches!(on(person(81), JOHN).await, Verdict::Beyond(_)));
        assert_eq!(on(Actor::System, 80).await, Verdict::Yes);
        assert!(matches!(on(Actor::Nobody, 81).await, Verdict::Beyond(_)));
    }

    #[tokio::test]
    async fn only_the_system_itself_gives_without_holding() {
        assert_eq!(may_give(Actor::System, "owner").await, Verdict::Yes);
        assert!(matches!(may_give(Actor::Nobody, "member").await, Verdict::Beyond(_)));
    }

    #[tokio::test]
    async fn what_is_needed_is_needed_with_every_decision() {
        let members = vec![member(JOHN, RoleKey::MEMBER), suspended(80, RoleKey::OWNER)];
        let authority = SnapshotAuthority { node: node(members) };
        let person = |id| act().by(Actor::User { id: nth(id), session: nth(51) });
        let keyed = act().by(Actor::Key { id: nth(7), maker: nth(JOHN) });
        let keyed = keyed.narrowed(Some(kernel::Narrowed::ToRole(RoleKey::MEMBER)));
        let remove = &system::TEAM_REMOVE;
        for (act, user) in [(person(JOHN), 81), (person(80), 80), (person(80), JOHN), (keyed, JOHN)] {
            let ruling = authority.may_act_on(nth(ACME), &act, nth(user), remove).await.unwrap().unwrap();
            assert_eq!(ruling.verdict, Verdict::Beyond("team.remove".into()), "{act:?}");
        }
        for (permission, may) in [(&system::TEAM_VIEW, true), (remove, false)] {
            let ruling = authority.may(nth(ACME), &person(JOHN), permission).await.unwrap().unwrap();
            assert_eq!(ruling.verdict == Verdict::Yes, may);
        }
    }

    #[tokio::test]
    async fn of_an_organization_that_is_gone_nothing_is_said() {
        let authority = SnapshotAuthority { node: node(vec![]) };
        let act = act().by(Actor::System);
        assert_eq!(authority.may(nth(61), &act, &system::TEAM_VIEW).await.unwrap(), None);
        assert_eq!(authority.may_give(nth(61), &act, &RoleKey::MEMBER).await.unwrap(), None);
        assert_eq!(authority.may_act_on(nth(61), &act, nth(JOHN), &system::TEAM_EDIT).await.unwrap(), None);
    }
}
