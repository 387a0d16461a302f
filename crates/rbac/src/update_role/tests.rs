use serde_json::json;

use super::*;
use crate::world::{ADMIN, KEEPER, OWNER, World, acme, by, grant, guard, role};
use crate::{Effect, Grant};

fn texts(it: &[&str]) -> Vec<String> {
    it.iter().map(|it| (*it).to_owned()).collect()
}

async fn update(world: &World, user: u64, role: &str, patch: &RolePatch) -> Result<CustomRole, Error> {
    let use_case = UpdateRole { store: world.store.clone(), snapshots: world.snapshots(), roles: world.roles() };
    use_case.run(&by(user), acme(), role, patch).await
}

#[tokio::test]
async fn what_is_said_is_another_and_the_rest_stays() {
    let world = World::default();
    let patch =
        RolePatch { permissions: Some(texts(&["hives.open", "team.view", "audit.view"])), ..RolePatch::default() };
    let next = update(&world, OWNER, "keeper", &patch).await.unwrap();
    assert_eq!((next.name.as_str(), next.permissions.len()), ("keeper", 3));
    let unit = world.store.only();
    let expected = world.roles[0].clone();
    assert_eq!(unit.changes, [Change::Role(Write::Save { expected, next })]);
    assert_eq!(unit.guards, [guard()]);
    let events: Vec<_> = unit.evidence.events.iter().map(|it| (it.kind, &it.data)).collect();
    let said = |permission| json!({"role": "keeper", "permissions": [permission]});
    let (granted, revoked) = (said("audit.view"), said("team.manage_roles"));
    assert_eq!(events, [("permission.granted", &granted), ("permission.revoked", &revoked)]);
}

#[tokio::test]
async fn what_holds_the_same_in_other_words_is_not_announced() {
    let world = World::default();
    let patch = RolePatch { name: Some("Keepers".into()), inherits: Some(texts(&[])), ..RolePatch::default() };
    update(&world, OWNER, "keeper", &patch).await.unwrap();
    assert!(world.store.only().evidence.events.is_empty());
    let world = World::default();
    update(&world, OWNER, "keeper", &RolePatch::default()).await.unwrap();
    world.wrote_nothing();
}

#[tokio::test]
async fn nobody_changes_one_that_holds_or_would_hold_what_they_do_not() {
    let wider = RolePatch { permissions: Some(texts(&["hives.open", "audit.view"])), ..RolePatch::default() };
    let narrower = RolePatch { permissions: Some(texts(&["team.view"])), ..RolePatch::default() };
    for (user, patch) in [(KEEPER, &wider), (ADMIN, &narrower), (ADMIN, &wider)] {
        let world = World::default();
        assert!(matches!(update(&world, user, "keeper", patch).await, Err(Error::Beyond(_))), "{user}");
        world.refused("role.refused");
    }
    let world = World::default();
    assert!(update(&world, KEEPER, "keeper", &narrower).await.is_ok());
}

#[tokio::test]
async fn what_one_has_for_a_while_one_may_take_and_not_give() {
    let for_a_while = Grant {
        expires_at: Some(kernel::testing::NOON + chrono::TimeDelta::days(1)),
        ..grant(KEEPER, &Permission::known("audit.view"), Effect::Allow)
    };
    let auditor = role("auditor", &["audit.view"], &[]);
    for (name, permissions, good) in [
        ("auditor", None, true),
        ("auditor", Some(texts(&[])), true),
        ("idle_hands", Some(texts(&["audit.view"])), false),
    ] {
        let mut world = World { grants: vec![for_a_while.clone()], ..World::default() };
        world.roles.push(auditor.clone());
        let patch = RolePatch { name: Some("Other".into()), permissions, ..RolePatch::default() };
        let answer = update(&world, KEEPER, name, &patch).await;
        assert_eq!(answer.is_ok(), good, "{answer:?}");
    }
}

#[tokio::test]
async fn nobody_takes_from_roles_above_what_they_inherit() {
    let with_chief = || {
        let mut world = World::default();
        world.roles.push(role("chief", &["audit.view"], &["keeper"]));
        world
    };
    let narrower = RolePatch { permissions: Some(texts(&["hives.open", "team.manage_roles"])), ..RolePatch::default() };
    let world = with_chief();
    assert!(matches!(update(&world, KEEPER, "keeper", &narrower).await, Err(Error::Beyond(_))));
    world.refused("role.refused");
    assert!(update(&with_chief(), OWNER, "keeper", &narrower).await.is_ok());
    let renamed = RolePatch { name: Some("Bees".into()), ..RolePatch::default() };
    assert!(update(&with_chief(), KEEPER, "keeper", &renamed).await.is_ok(), "nothing is taken by this");
}

#[tokio::test]
async fn no_role_inherits_itself() {
    let roles = vec![role("a", &[], &["b"]), role("b", &[], &["c"]), role("c", &[], &["member"]), role("d", &[], &[])];
    for (name, inherits, good) in
        [("c", "a", false), ("c", "c", false), ("b", "a", false), ("a", "c", true), ("c", "d", true)]
    {
        let world = World { roles: roles.clone(), ..World::default() };
        let world = World { roles: [world.roles, World::default().roles].concat(), ..world };
        let patch = RolePatch { inherits: Some(texts(&[inherits])), ..RolePatch::default() };
        let answer = update(&world, OWNER, name, &patch).await;
        match answer {
            Ok(_) => assert!(good, "{name} {inherits}"),
            Err(Error::Invalid(problems)) => {
                assert!(!good && problems.iter().map(|(field, _)| field).eq(["inherits"]), "{name} {inherits}");
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn the_systems_roles_stay_and_others_are_not_found() {
    let patch = RolePatch { name: Some("x".into()), ..RolePatch::default() };
    for (name, missing) in [("owner", false), ("member", false), ("gone", true)] {
        let answer = update(&World::default(), OWNER, name, &patch).await;
        assert_eq!(matches!(answer, Err(Error::NotFound)), missing, "{name}");
        assert_eq!(matches!(answer, Err(Error::IllegalState)), !missing, "{name}");
    }
}
