use super::*;
use crate::Effect;
use crate::world::{ADMIN, HIVES_OPEN, MEMBER, OWNER, World, acme, by, grant, guard};

async fn withdraw(world: &World, permission: &str) -> Result<(), Error> {
    withdraw_by(OWNER, world, permission).await
}

async fn withdraw_by(user: u64, world: &World, permission: &str) -> Result<(), Error> {
    let use_case = WithdrawPermission {
        store: world.store.clone(),
        snapshots: world.snapshots(),
        permissions: world.permissions(),
        roles: world.roles(),
    };
    use_case.run(&by(user), acme(), permission).await
}

#[tokio::test]
async fn what_nobody_was_given_can_go() {
    let mut world = World::default();
    world.roles[0].permissions = vec![Pattern::parse("hives.*").unwrap()];
    withdraw(&world, "hives.open").await.unwrap();
    let unit = world.store.only();
    assert_eq!(unit.changes, [Change::Permission(Write::Remove { expected: world.permissions[0].clone() })]);
    assert_eq!((unit.guards.as_slice(), unit.evidence.audit[0].action), ([guard()].as_slice(), "permission.withdrawn"));
}

#[tokio::test]
async fn what_a_role_names_or_a_member_was_given_stays() {
    assert!(matches!(withdraw(&World::default(), "hives.open").await, Err(Error::InUse)));
    let given = vec![grant(MEMBER, &HIVES_OPEN, Effect::Deny)];
    let world = World { grants: given, roles: vec![], ..World::default() };
    assert!(matches!(withdraw(&world, "hives.open").await, Err(Error::InUse)));
}

#[tokio::test]
async fn ours_and_unknown_ones_are_not_found() {
    for name in ["team.view", "honey.sell", ""] {
        assert!(matches!(withdraw(&World::default(), name).await, Err(Error::NotFound)), "{name}");
    }
}

#[tokio::test]
async fn nobody_takes_from_a_role_what_they_do_not_hold() {
    for user in [ADMIN, MEMBER] {
        let mut world = World::default();
        world.roles[0].permissions = vec![Pattern::parse("hives.*").unwrap()];
        assert!(matches!(withdraw_by(user, &world, "hives.open").await, Err(Error::Beyond(_))), "{user}");
        world.refused("permission.refused");
    }
    // What nobody's role holds is taken from nobody.
    let world = World { roles: vec![], ..World::default() };
    withdraw_by(ADMIN, &world, "hives.open").await.unwrap();
}
