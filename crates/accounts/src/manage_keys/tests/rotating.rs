//! Keys that are there get another text, or go.

use super::*;

fn organizations() -> KeyOwner {
    KeyOwner::Organization(nth(ACME))
}

fn with(membership: MemberFact, scopes: Scopes) -> World {
    World { keys: vec![key(7, organizations(), scopes).0], ..World::of(membership) }
}

async fn rotate(world: &World, overlap: i64) -> Result<ShownKey, Error> {
    world.use_case().rotate(&act(), &john(), nth(ACME), nth(7), TimeDelta::seconds(overlap)).await
}

async fn revoke(world: &World, owner: KeyOwner) -> Result<(), Error> {
    world.use_case().revoke(&act(), owner, nth(7)).await
}

#[tokio::test]
async fn a_rotated_key_has_another_text_and_the_one_before_goes_on_for_a_while() {
    let world = with(member(JOHN, RoleKey::ADMIN), Scopes::Admin);
    let before = Key { maker: nth(99), ..world.keys[0].clone() };
    let world = World { keys: vec![before.clone()], ..world };
    let shown = rotate(&world, 60).await.unwrap();
    let unit = world.store.only();
    let [Change::Identity(identity::Change::Key(Write::Save { expected, next }))] = unit.changes.as_slice() else {
        panic!("{unit:#?}")
    };
    assert_eq!((expected, next.hash), (&before, TokenHash::of(shown.key.expose())));
    assert_eq!(next.previous, Some((before.hash, NOON + TimeDelta::minutes(1))));
    assert_eq!(next.maker, nth(JOHN), "who rotates it answers for it");
    assert_eq!(unit.guards, guards());
    assert_eq!(unit.evidence.audit[0].action, "api_key.rotated");
    assert_eq!(unit.evidence.mail[0].template, "key_rotated");
}

#[tokio::test]
async fn a_call_that_is_repeated_takes_nothing_from_the_programs() {
    let world = with(member(JOHN, RoleKey::ADMIN), Scopes::Admin);
    let until = |at| Key { previous: Some((TokenHash::of("before"), at)), ..world.keys[0].clone() };
    for (previous, overlap, goes) in [
        (until(NOON + TimeDelta::seconds(1)), 60, false),
        (until(NOON + TimeDelta::seconds(1)), 0, true),
        (until(NOON), 60, true),
    ] {
        let world = World { keys: vec![previous], ..with(member(JOHN, RoleKey::ADMIN), Scopes::Admin) };
        match rotate(&world, overlap).await {
            Ok(_) => assert!(goes),
            Err(error) => {
                assert!(!goes && matches!(error, Error::Identity(identity::Error::IllegalState)), "{error:?}");
            }
        }
    }
}

#[tokio::test]
async fn nobody_takes_over_a_key_that_may_what_they_may_not() {
    for scopes in [Scopes::Admin, Scopes::Only(vec![TEAM_VIEW, TEAM_INVITE])] {
        let world = with(member(JOHN, RoleKey::MEMBER), scopes);
        assert!(matches!(rotate(&world, 0).await, Err(Error::PermissionDenied(_))));
        world.wrote_nothing();
    }
    assert!(rotate(&with(member(JOHN, RoleKey::MEMBER), Scopes::Only(vec![TEAM_VIEW])), 0).await.is_ok());
}

#[tokio::test]
async fn the_overlap_is_thirty_days_at_most() {
    for (overlap, good) in [(-1, false), (0, true), (30 * 86_400, true), (30 * 86_400 + 1, false)] {
        let world = with(member(JOHN, RoleKey::OWNER), Scopes::Admin);
        match rotate(&world, overlap).await {
            Ok(_) => assert!(good),
            Err(error) => assert!(!good && fields(error) == ["overlap_seconds"], "{overlap}"),
        }
    }
}

#[tokio::test]
async fn anothers_key_is_not_found() {
    for owner in [KeyOwner::Organization(nth(61)), KeyOwner::User(nth(99)), KeyOwner::User(nth(JOHN))] {
        let world = World { keys: vec![key(7, owner, Scopes::Admin).0], ..World::owner() };
        let not_found =
            |outcome: Result<(), Error>| matches!(outcome, Err(Error::Identity(identity::Error::KeyNotFound)));
        assert!(not_found(rotate(&world, 0).await.map(drop)));
        assert!(not_found(revoke(&world, organizations()).await));
        assert!(not_found(world.use_case().revoke(&act(), owner, nth(8)).await), "no such key");
        world.wrote_nothing();
    }
}

#[tokio::test]
async fn a_revoked_key_is_gone_and_every_node_learns_of_it() {
    for owner in [organizations(), KeyOwner::User(nth(JOHN))] {
        let world = World { keys: vec![key(7, owner, Scopes::Admin).0], ..World::owner() };
        revoke(&world, owner).await.unwrap();
        let unit = world.store.only();
        let removed = identity::Change::Key(Write::Remove { expected: world.keys[0].clone() });
        assert_eq!(unit.changes, [Change::Identity(removed)]);
        let signal = kernel::Change::signal(&unit.changes[0]);
        assert_eq!(signal, Some(kernel::Signal::KeyChanged { key: nth(7) }));
    }
}

#[tokio::test]
async fn who_left_their_session_or_has_no_proved_address_rotates_nothing() {
    let unverified = Some(User { verified_at: None, ..johndoe(nth(JOHN)) });
    let world = World { user: unverified, ..with(member(JOHN, RoleKey::OWNER), Scopes::Admin) };
    assert!(matches!(rotate(&world, 0).await, Err(Error::EmailNotVerified)));
    let world = World { session: None, ..with(member(JOHN, RoleKey::OWNER), Scopes::Admin) };
    assert!(matches!(rotate(&world, 0).await, Err(Error::TokenInvalid)));
}
