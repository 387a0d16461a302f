use chrono::TimeDelta;
use kernel::testing::{NOON, nth};
use serde_json::{Value, json};

use super::*;
use crate::world::{ADMIN, HIVES_OPEN, KEEPER, MEMBER, OWNER, World, acme, by, grant, guard};

fn input(user: u64, permission: &str, effect: Effect) -> GrantInput {
    GrantInput { user: nth(user), permission: permission.to_owned(), effect, expires_at: None }
}

async fn give(world: &World, by_whom: u64, input: &GrantInput) -> Result<Grant, Error> {
    let use_case = GrantPermission { store: world.store.clone(), snapshots: world.snapshots(), grants: world.grants() };
    use_case.run(&by(by_whom), acme(), input).await
}

fn event(world: &World) -> (&'static str, Value) {
    let unit = world.store.only();
    let [event] = unit.evidence.events.as_slice() else { panic!("{unit:#?}") };
    assert_eq!(unit.evidence.audit[0].action, event.kind);
    (event.kind, event.data.clone())
}

#[tokio::test]
async fn what_is_held_is_given_and_announced() {
    let world = World::default();
    let end = NOON + TimeDelta::days(1);
    let wish = GrantInput { expires_at: Some(end), ..input(MEMBER, "hives.open", Effect::Allow) };
    let given = give(&world, OWNER, &wish).await.unwrap();
    assert_eq!((given.user, given.granted_by, given.expires_at), (nth(MEMBER), nth(OWNER), Some(end)));
    let unit = world.store.only();
    assert_eq!(unit.changes, [Change::Grant(Write::Add(given))]);
    assert_eq!(unit.guards, [guard()]);
    let data = json!({
        "user_id": nth::<UserId>(MEMBER), "permissions": ["hives.open"], "effect": "allow",
        "expires_at": "2026-01-16T12:00:00Z",
    });
    assert_eq!(event(&world), ("permission.granted", data));
}

#[tokio::test]
async fn what_is_denied_is_announced_as_taken() {
    let world = World::default();
    give(&world, ADMIN, &input(MEMBER, "team.view", Effect::Deny)).await.unwrap();
    let (kind, data) = event(&world);
    assert_eq!((kind, &data["effect"], &data["expires_at"]), ("permission.revoked", &json!("deny"), &Value::Null));
}

#[tokio::test]
async fn another_word_takes_the_place_of_the_one_before_and_the_same_changes_nothing() {
    let old = grant(MEMBER, &HIVES_OPEN, Effect::Deny);
    let world = World { grants: vec![old.clone()], ..World::default() };
    let next = give(&world, OWNER, &input(MEMBER, "hives.open", Effect::Allow)).await.unwrap();
    assert_eq!(world.store.only().changes, [Change::Grant(Write::Save { expected: old.clone(), next })]);
    let world = World { grants: vec![old.clone()], ..World::default() };
    assert_eq!(give(&world, OWNER, &input(MEMBER, "hives.open", Effect::Deny)).await.unwrap(), old);
    world.wrote_nothing();
}

#[tokio::test]
async fn nobody_gives_what_they_do_not_hold_nor_to_somebody_above_them() {
    for (by_whom, wish) in [
        (ADMIN, input(MEMBER, "hives.open", Effect::Allow)),
        (ADMIN, input(ADMIN, "hives.open", Effect::Allow)),
        (ADMIN, input(OWNER, "team.view", Effect::Deny)),
        (ADMIN, input(KEEPER, "team.view", Effect::Deny)),
        (KEEPER, input(MEMBER, "hives.open", Effect::Allow)),
        (KEEPER, input(ADMIN, "team.view", Effect::Deny)),
    ] {
        let world = World::default();
        assert!(matches!(give(&world, by_whom, &wish).await, Err(Error::Beyond(_))), "{by_whom} {wish:?}");
        world.refused("permission.refused");
    }
    // What was given directly makes a member more than others.
    let world = World { grants: vec![grant(MEMBER, &HIVES_OPEN, Effect::Allow)], ..World::default() };
    let answer = give(&world, ADMIN, &input(MEMBER, "team.view", Effect::Deny)).await;
    assert!(matches!(answer, Err(Error::Beyond(_))));
    // What is denied to somebody they do not hold.
    let world = World { grants: vec![grant(KEEPER, &HIVES_OPEN, Effect::Deny)], ..World::default() };
    let answer = give(&world, KEEPER, &input(KEEPER, "hives.open", Effect::Allow)).await;
    assert!(matches!(answer, Err(Error::Beyond(_))));
}

#[tokio::test]
async fn what_one_has_for_a_while_one_gives_for_no_longer() {
    let end = NOON + TimeDelta::days(30);
    let for_a_while = Grant { expires_at: Some(end), ..grant(KEEPER, &Permission::known("audit.view"), Effect::Allow) };
    for (expires_at, good) in [(None, false), (Some(end + TimeDelta::microseconds(1)), false), (Some(end), true)] {
        for to in [KEEPER, 5] {
            let world = World { grants: vec![for_a_while.clone()], ..World::default() };
            let wish = GrantInput { expires_at, ..input(to, "audit.view", Effect::Allow) };
            let answer = give(&world, KEEPER, &wish).await;
            assert_eq!(answer.is_ok(), good, "{expires_at:?} {to} {answer:?}");
            assert!(good || matches!(answer, Err(Error::Beyond(_))));
        }
    }
}

#[tokio::test]
async fn a_denial_is_lifted_only_by_who_has_for_good_what_it_denies() {
    let audit = Permission::known("audit.view");
    let soon = NOON + TimeDelta::days(1);
    let for_a_while = Grant { expires_at: Some(soon), ..grant(KEEPER, &audit, Effect::Allow) };
    let denied = |until| Grant { expires_at: until, ..grant(5, &audit, Effect::Deny) };
    let wish = |effect, expires_at| GrantInput { expires_at, ..input(5, "audit.view", effect) };
    let later = soon + TimeDelta::days(1);
    for (old, wish, good) in [
        (denied(None), wish(Effect::Allow, Some(soon)), false),
        (denied(None), wish(Effect::Deny, Some(soon)), false),
        (denied(Some(later)), wish(Effect::Deny, Some(soon)), false),
        (denied(Some(soon)), wish(Effect::Deny, Some(later)), true),
        (denied(Some(soon)), wish(Effect::Deny, None), true),
    ] {
        for (giver, good) in [(KEEPER, good), (ADMIN, true)] {
            let world = World { grants: vec![for_a_while.clone(), old.clone()], ..World::default() };
            let answer = give(&world, giver, &wish).await;
            assert_eq!(answer.is_ok(), good, "{giver} {old:?} {wish:?} {answer:?}");
        }
    }
}

#[tokio::test]
async fn who_manages_no_roles_any_more_gives_nothing() {
    let denied = grant(KEEPER, &Permission::known("team.manage_roles"), Effect::Deny);
    let world = World { grants: vec![denied], ..World::default() };
    let answer = give(&world, KEEPER, &input(5, "hives.open", Effect::Allow)).await;
    assert!(matches!(answer, Err(Error::Beyond(it)) if it.to_string() == "team.manage_roles"));
}

#[tokio::test]
async fn an_owner_holds_everything_already() {
    for effect in [Effect::Allow, Effect::Deny] {
        let answer = give(&World::default(), OWNER, &input(OWNER, "team.view", effect)).await;
        assert!(matches!(answer, Err(Error::IllegalState)));
    }
}

#[tokio::test]
async fn strangers_and_unknown_permissions_are_not_found_and_the_past_is_refused() {
    for wish in [
        input(99, "team.view", Effect::Allow),
        input(MEMBER, "honey.sell", Effect::Allow),
        input(MEMBER, "team.*", Effect::Allow),
    ] {
        assert!(matches!(give(&World::default(), OWNER, &wish).await, Err(Error::NotFound)), "{wish:?}");
    }
    let past = GrantInput { expires_at: Some(NOON), ..input(MEMBER, "team.view", Effect::Allow) };
    assert!(matches!(give(&World::default(), OWNER, &past).await, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn there_are_so_many_at_most() {
    let permissions = (0..GrantPermission::MOST).map(|n| Permission::parse(&format!("hives.open_{n}")).unwrap());
    let grants: Vec<_> = permissions.map(|it| grant(MEMBER, &it, Effect::Allow)).collect();
    let world = World { grants, ..World::default() };
    let answer = give(&world, OWNER, &input(MEMBER, "team.view", Effect::Allow)).await;
    assert!(matches!(answer, Err(Error::TooMany)));
}
