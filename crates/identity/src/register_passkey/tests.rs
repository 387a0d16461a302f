use kernel::testing::{NOON, act, nth};
use kernel::{CommitError, Guard, Outcome, Taken};
use serde_json::json;
use std::time::Duration;

use super::*;
use crate::ports::MockPasskeys;
use crate::world::{World, john, passkey, response};

fn use_case(world: &World) -> RegisterPasskey {
    RegisterPasskey { store: world.store(), users: world.users(), passkeys: world.check_passkey() }
}

/// As it is stored: what the first fresh act makes of [`response`] 9.
fn made() -> Passkey {
    Passkey { id: nth(1), public: json!({"counter": 0}), name: Label::parse("Phone").unwrap(), ..passkey(9, 50) }
}

async fn begun(world: &World) -> RegisterPasskey {
    let register = use_case(world);
    register.begin(nth(50)).await.unwrap();
    register
}

#[tokio::test]
async fn a_ceremony_waits_five_minutes_for_its_user_alone() {
    let world = World { passkeys: vec![passkey(1, 50), passkey(2, 50), passkey(3, 77)], ..World::john() };
    let options = use_case(&world).begin(nth(50)).await.unwrap();
    assert_eq!(options, json!({"user": john().id, "exclude": 2}), "and makes no second one on a device");
    let [(place, lifetime)] = &world.waiting.kept()[..] else { panic!() };
    assert!(place.contains(&john().id.to_string()));
    assert_eq!(*lifetime, Duration::from_mins(5));
}

#[tokio::test]
async fn what_the_device_made_is_kept_once_and_the_owner_told() {
    // It is read back as it was written.
    let world = World { passkeys: vec![made()], ..World::john() };
    let register = begun(&world).await;
    assert_eq!(register.finish(&act(), nth(50), " Phone ", &response(9)).await.unwrap(), made());
    let unit = world.store.only();
    let added = Passkey { version: 0, last_used_at: None, created_at: NOON, ..made() };
    assert_eq!(unit.changes, [Change::Passkey(Write::Add(added))]);
    assert_eq!(unit.guards, [Guard::User { user: nth(50), version: 1 }]);
    assert_eq!(world.written(), [("passkey.added", Outcome::Done)]);
    let [mail] = unit.evidence.mail.as_slice() else { panic!() };
    assert_eq!(mail.template, "passkey_added");
    assert!(mail.values.iter().any(|(key, value)| *key == "name" && value.expose() == "Phone"));

    assert!(matches!(register.finish(&act(), nth(50), "Phone", &response(9)).await, Err(Error::ProofInvalid)));
    assert_eq!(world.written()[1..], [("passkey.rejected", Outcome::Refused("unknown_challenge"))]);
}

#[tokio::test]
async fn what_is_not_believed_is_written_and_uses_the_challenge_up() {
    let mut lie = response(9);
    lie["lie"] = true.into();
    for (given, reason, waits) in [
        (lie, "bad_signature", 0),
        (json!("?"), "unknown_challenge", 1),
        (json!({"credential": 9, "challenge": "other"}), "unknown_challenge", 1),
    ] {
        let world = World::john();
        let register = begun(&world).await;
        assert!(matches!(register.finish(&act(), nth(50), "Phone", &given).await, Err(Error::ProofInvalid)));
        assert_eq!(world.written(), [("passkey.rejected", Outcome::Refused(reason))]);
        assert_eq!(world.store.only().changes, []);
        assert_eq!(world.waiting.kept().len(), waits);
    }
}

#[tokio::test]
async fn a_challenge_to_sign_in_makes_no_passkey() {
    let world = World::john();
    world.check_passkey().begin().await.unwrap();
    assert!(matches!(use_case(&world).finish(&act(), nth(50), "Phone", &response(9)).await, Err(Error::ProofInvalid)));
}

#[tokio::test]
async fn a_name_is_asked_for_before_the_challenge_is_used_up() {
    let world = World::john();
    let register = begun(&world).await;
    for name in ["", "  ", "a\u{202e}b", &"x".repeat(101)] {
        assert!(matches!(register.finish(&act(), nth(50), name, &response(9)).await, Err(Error::Invalid(_))));
    }
    assert_eq!(world.waiting.kept().len(), 1);
    world.wrote_nothing();
}

#[tokio::test]
async fn there_are_twenty_at_most() {
    for (so_far, fits) in [(19, true), (20, false)] {
        let mut passkeys: Vec<_> = (0..so_far).map(|n| passkey(100 + n, 50)).collect();
        passkeys[0].id = nth(1);
        let world = World { passkeys, ..World::john() };
        let outcome = begun(&world).await.finish(&act(), nth(50), "Phone", &response(9)).await;
        assert_eq!(outcome.is_ok(), fits, "{outcome:?}");
        assert!(fits || matches!(outcome, Err(Error::TooMany)));
    }
}

#[tokio::test]
async fn one_that_is_known_is_told() {
    let world = World::john().failing([CommitError::Taken(Taken("passkey"))]);
    let outcome = begun(&world).await.finish(&act(), nth(50), "Phone", &response(9)).await;
    assert!(matches!(outcome, Err(Error::PasskeyTaken)));
}

#[tokio::test]
async fn without_ceremonies_none_is_offered() {
    let world = World::john();
    let checking = CheckPasskey {
        ceremonies: None,
        ephemeral: world.check_passkey().ephemeral.clone(),
        passkeys: Arc::new(MockPasskeys::new()),
    };
    assert!(matches!(checking.begin().await, Err(Error::NotOffered)));
    let checking = Arc::new(CheckPasskey { passkeys: world.passkeys(), ..checking });
    let register = RegisterPasskey { passkeys: checking, ..use_case(&world) };
    assert!(matches!(register.begin(nth(50)).await, Err(Error::NotOffered)));
    assert!(matches!(register.finish(&act(), nth(50), "Phone", &response(9)).await, Err(Error::NotOffered)));
}
