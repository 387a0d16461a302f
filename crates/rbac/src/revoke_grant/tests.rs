use chrono::TimeDelta;
use kernel::testing::{NOON, nth};

use super::*;
use crate::world::{ADMIN, HIVES_OPEN, KEEPER, MEMBER, OWNER, World, acme, by, grant, guard};

async fn revoke(world: &World, by_whom: u64, user: u64) -> Result<(), Error> {
    let use_case = RevokeGrant { store: world.store.clone(), snapshots: world.snapshots(), grants: world.grants() };
    use_case.run(&by(by_whom), acme(), nth(user), "hives.open").await
}

fn said(user: u64, effect: Effect) -> World {
    World { grants: vec![grant(user, &HIVES_OPEN, effect)], ..World::default() }
}

#[tokio::test]
async fn what_was_said_is_said_no_more() {
    for (effect, kind) in [(Effect::Allow, "permission.revoked"), (Effect::Deny, "permission.granted")] {
        let world = said(MEMBER, effect);
        revoke(&world, OWNER, MEMBER).await.unwrap();
        let unit = world.store.only();
        assert_eq!(unit.changes, [Change::Grant(Write::Remove { expected: world.grants[0].clone() })]);
        assert_eq!(unit.guards, [guard()]);
        assert_eq!((unit.evidence.audit[0].action, unit.evidence.events[0].kind), (kind, kind));
        assert!(unit.evidence.events[0].data["effect"].is_null());
    }
}

#[tokio::test]
async fn whoever_ends_a_denial_gives() {
    for (by_whom, user) in [(ADMIN, MEMBER), (KEEPER, KEEPER)] {
        let world = said(user, Effect::Deny);
        assert!(matches!(revoke(&world, by_whom, user).await, Err(Error::Beyond(_))), "{by_whom}");
        world.refused("permission.refused");
    }
    // One that has ended gives nothing any more.
    let mut world = said(MEMBER, Effect::Deny);
    world.grants[0].expires_at = Some(NOON - TimeDelta::seconds(1));
    assert!(revoke(&world, ADMIN, MEMBER).await.is_ok());
}

#[tokio::test]
async fn nobody_takes_from_somebody_above_them() {
    let world = said(MEMBER, Effect::Allow);
    assert!(matches!(revoke(&world, ADMIN, MEMBER).await, Err(Error::Beyond(_))));
    world.refused("permission.refused");
}

#[tokio::test]
async fn what_was_never_said_is_not_found() {
    for (world, user) in
        [(World::default(), MEMBER), (said(MEMBER, Effect::Allow), 99), (said(MEMBER, Effect::Allow), ADMIN)]
    {
        assert!(matches!(revoke(&world, OWNER, user).await, Err(Error::NotFound)));
        world.wrote_nothing();
    }
}
