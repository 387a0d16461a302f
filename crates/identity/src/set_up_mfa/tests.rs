use kernel::testing::{NOON, act, nth};
use kernel::{CommitError, Guard, Outcome, TokenHash};

use super::*;
use crate::model::User;
use crate::world::{World, john, totp};

async fn set_up(world: &World) -> Result<MfaSetUp, Error> {
    SetUpMfa { store: world.store(), users: world.users(), totps: world.totps(), issuer: "Portcullis".to_owned() }
        .run(&act(), nth(50))
        .await
}

fn unconfirmed() -> Totp {
    Totp { confirmed_at: None, last_step: 9, ..totp() }
}

/// What is kept of what was shown.
fn kept(shown: &MfaSetUp) -> Totp {
    let secret = shown.uri.expose().split("secret=").nth(1).unwrap().split('&').next().unwrap();
    let hash = |code: &Secret| TokenHash::of(&code.expose().replace('-', ""));
    Totp {
        user: nth(50),
        secret: Secret::new(secret),
        recovery_codes: shown.recovery_codes.0.iter().map(hash).collect(),
        confirmed_at: None,
        last_step: 0,
        created_at: NOON,
        version: 0,
    }
}

#[tokio::test]
async fn what_is_shown_is_kept_and_waits_to_be_confirmed() {
    let world = World::john();
    let shown = set_up(&world).await.unwrap();
    assert!(shown.uri.expose().starts_with("otpauth://totp/Portcullis:user%40example.com?"));
    assert_eq!(shown.recovery_codes.0.len(), 8);
    let unit = world.store.only();
    assert_eq!(unit.changes, [Change::Totp(Write::Add(kept(&shown)))]);
    assert_eq!(unit.guards, [Guard::User { user: nth(50), version: 1 }]);
    assert_eq!((world.written(), world.mailed()), (vec![("mfa.set_up", Outcome::Done)], vec![]));
    let told = format!("{:?}", unit.evidence);
    assert!(!told.contains(shown.recovery_codes.0[0].expose()) && !told.contains(kept(&shown).secret.expose()));
}

#[tokio::test]
async fn one_that_was_never_confirmed_gives_way_and_one_that_is_on_does_not() {
    let world = World { totps: vec![Some(unconfirmed())], ..World::john() };
    let shown = set_up(&world).await.unwrap();
    let next = Totp { version: unconfirmed().version, ..kept(&shown) };
    assert_eq!(world.store.only().changes, [Change::Totp(Write::Save { expected: unconfirmed(), next })]);

    let on = World::john_with_mfa();
    assert!(matches!(set_up(&on).await, Err(Error::IllegalState)));
    on.wrote_nothing();
}

#[tokio::test(start_paused = true)]
async fn one_that_is_confirmed_meanwhile_is_not_touched() {
    let world = World { totps: vec![Some(unconfirmed()), Some(totp())], ..World::john() };
    let world = world.failing([CommitError::Stale]);
    assert!(matches!(set_up(&world).await, Err(Error::IllegalState)));
    assert_eq!(world.store.all().len(), 1);
}

#[tokio::test]
async fn an_unverified_user_may_and_one_who_is_not_active_may_not() {
    assert!(set_up(&World::of(vec![Some(User { verified_at: None, ..john() })])).await.is_ok());
    for status in [UserStatus::Suspended, UserStatus::Deleted] {
        let world = World::of(vec![Some(User { status, ..john() })]);
        assert!(matches!(set_up(&world).await, Err(Error::TokenInvalid)));
        world.wrote_nothing();
    }
}

#[tokio::test]
async fn the_answer_is_read_as_it_was_written() {
    let shown = set_up(&World::john()).await.unwrap();
    let text = serde_json::to_string(&shown).unwrap();
    assert_eq!(serde_json::from_str::<MfaSetUp>(&text).unwrap(), shown);
    assert!(!format!("{shown:?}").contains("otpauth"));
}
