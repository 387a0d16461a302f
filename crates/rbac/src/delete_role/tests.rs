use super::*;
use crate::world::{ADMIN, OWNER, World, acme, by, guard, role};

async fn delete(world: &World, user: u64, role: &str) -> Result<(), Error> {
    let use_case = DeleteRole { store: world.store.clone(), snapshots: world.snapshots(), roles: world.roles() };
    use_case.run(&by(user), acme(), role).await
}

fn world() -> World {
    let mut world = World::default();
    world.roles.extend([role("lead", &["hives.open"], &["helper"]), role("helper", &[], &[]), role("idle", &[], &[])]);
    world
}

#[tokio::test]
async fn what_nobody_has_can_go() {
    let world = world();
    delete(&world, OWNER, "lead").await.unwrap();
    let unit = world.store.only();
    assert_eq!(unit.changes, [Change::Role(Write::Remove { expected: world.roles[2].clone() })]);
    assert_eq!((unit.guards.as_slice(), unit.evidence.audit[0].action), ([guard()].as_slice(), "role.deleted"));
    assert!(delete(&World { store: Arc::default(), ..world }, ADMIN, "idle").await.is_ok());
}

#[tokio::test]
async fn what_is_had_or_inherited_stays() {
    for used in ["keeper", "helper"] {
        let world = world();
        assert!(matches!(delete(&world, OWNER, used).await, Err(Error::InUse)), "{used}");
        world.wrote_nothing();
    }
}

#[tokio::test]
async fn nobody_removes_one_that_holds_what_they_do_not() {
    let world = world();
    assert!(matches!(delete(&world, ADMIN, "lead").await, Err(Error::Beyond(_))));
    world.refused("role.refused");
}

#[tokio::test]
async fn the_systems_roles_stay() {
    assert!(matches!(delete(&world(), OWNER, "member").await, Err(Error::IllegalState)));
    assert!(matches!(delete(&world(), OWNER, "gone").await, Err(Error::NotFound)));
}
