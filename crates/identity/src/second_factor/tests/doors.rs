//! Stepping up, and confirming.

use chrono::TimeDelta;
use kernel::Actor;

use super::*;
use crate::ConfirmMfa;

fn old_session() -> Session {
    Session { auth_time: NOON - TimeDelta::hours(3), ..crate::world::johns_session() }
}

fn stepping_up() -> World {
    World { session: Some(old_session()), ..World::john_with_mfa() }
}

/// From what to what the session goes on.
fn went_on(world: &World) -> (Session, Session) {
    let saved = world.store.all().pop().unwrap().changes.into_iter().find_map(|it| match it {
        Change::Session(Write::Save { expected, next }) => Some((expected, next)),
        _ => None,
    });
    saved.unwrap()
}

#[tokio::test]
async fn stepping_up_wants_what_signing_in_wants() {
    let world = stepping_up();
    assert!(matches!(step_up(&world, Some(PASSWORD), nothing()).await, Err(Error::MfaRequired)));
    assert!(matches!(step_up(&world, Some(PASSWORD), wrong()).await, Err(Error::MfaInvalid)));
    assert!(world.store.all().iter().all(|it| it.changes == of_the_password_alone()), "the session stays as it was");
    step_up(&world, Some(PASSWORD), right()).await.unwrap();
    let next = Session { auth_time: NOON, factors: Factors::of([Factor::Password, Factor::Totp]), ..old_session() };
    assert_eq!(went_on(&world), (old_session(), next));
}

#[tokio::test]
async fn a_code_used_to_sign_in_does_not_step_up() {
    let used = Totp { last_step: NOON.timestamp() / 30, ..totp() };
    let world = World { totps: vec![Some(used)], ..stepping_up() };
    assert!(matches!(step_up(&world, Some(PASSWORD), right()).await, Err(Error::MfaUsed)));
}

#[tokio::test]
async fn guesses_of_all_doors_are_counted_together() {
    let world = World { tries: Tries::after_codes(4), ..stepping_up() };
    assert!(matches!(step_up(&world, Some(PASSWORD), wrong()).await, Err(Error::MfaInvalid)));
    assert!(matches!(log_in(&world, right()).await, Err(Error::TooManyCodes)));
    assert!(matches!(step_up(&world, Some(PASSWORD), right()).await, Err(Error::TooManyCodes)));
}

#[tokio::test]
async fn a_passkey_alone_steps_up() {
    for world in [World::john(), World::john_with_mfa()] {
        let world = World { session: Some(old_session()), passkeys: vec![passkey(1, 50)], ..world };
        world.check_passkey().begin().await.unwrap();
        step_up(&world, None, by_passkey(1)).await.unwrap();
        let unit = world.store.only();
        assert_eq!(unit.guards, [Guard::User { user: nth(50), version: 1 }]);
        let factors = Factors::of([Factor::Password, Factor::Passkey]);
        assert_eq!(went_on(&world), (old_session(), Session { auth_time: NOON, factors, ..old_session() }));
        let [_, Change::Passkey(Write::Save { expected, .. })] = unit.changes.as_slice() else { panic!("{unit:#?}") };
        assert_eq!(expected, &passkey(1, 50));
        assert_eq!(world.tries.told(), [] as [&str; 0]);
        assert!(matches!(step_up(&world, None, by_passkey(1)).await, Err(Error::ProofInvalid)), "once");
    }
}

#[tokio::test]
async fn a_strangers_passkey_steps_nobody_up() {
    let world = World { session: Some(old_session()), passkeys: vec![passkey(2, 77)], ..World::john() };
    world.check_passkey().begin().await.unwrap();
    assert!(matches!(step_up(&world, None, by_passkey(2)).await, Err(Error::ProofInvalid)));
    assert_eq!(world.written(), [("passkey.rejected", Outcome::Refused("another_user"))]);
    let unit = world.store.only();
    assert_eq!((unit.changes, unit.evidence.audit[0].scope), (vec![], Scope::User(nth(50))));
}

#[tokio::test]
async fn who_gives_nothing_or_a_code_alone_steps_up_by_nothing() {
    for given in [nothing(), right(), recovering(0)] {
        let world = stepping_up();
        assert!(matches!(step_up(&world, None, given).await, Err(Error::InvalidCredentials)));
        world.wrote_nothing();
    }
}

fn unconfirmed() -> Totp {
    Totp { confirmed_at: None, ..totp() }
}

fn enrolling() -> World {
    World { totps: vec![Some(unconfirmed())], session: Some(old_session()), ..World::john() }
}

async fn confirm(world: &World, code: &Secret) -> Result<(), Error> {
    let confirm = ConfirmMfa {
        store: world.store(),
        users: world.users(),
        sessions: world.sessions(),
        totps: world.totps(),
        second: world.second(),
    };
    let act = act().by(Actor::User { id: nth(50), session: nth(51) });
    confirm.run(&act, nth(50), nth(51), code).await
}

#[tokio::test]
async fn a_first_code_turns_it_on_and_all_other_sessions_end() {
    let world = enrolling();
    confirm(&world, &code(seconds(-30))).await.unwrap();
    let unit = world.store.only();
    let confirmed = Totp { confirmed_at: Some(NOON), last_step: NOON.timestamp() / 30 - 1, ..unconfirmed() };
    let proved = Session { factors: Factors::of([Factor::Password, Factor::Totp]), ..old_session() };
    assert_eq!(
        unit.changes,
        [
            // Saved as it is: a sign-in that was decided before is stale.
            Change::User(Write::Save { expected: john(), next: john() }),
            Change::Totp(Write::Save { expected: unconfirmed(), next: confirmed }),
            // Its `auth_time` stays: a code alone is no step-up.
            Change::Session(Write::Save { expected: old_session(), next: proved }),
            Change::EndSessions { user: nth(50), except: Some(nth(51)), at: NOON },
            Change::ForgetFailures(codes()),
        ]
    );
    assert_eq!(world.written(), [("mfa.enabled", Outcome::Done)]);
    assert_eq!(world.mailed(), [("mfa_enabled", "user@example.com".to_owned())]);
    assert_eq!(unit.evidence.events[0].data["changed"], serde_json::json!(["mfa"]));
}

#[tokio::test]
async fn what_confirms_is_counted_as_any_other_code() {
    let world = World { tries: Tries::after_codes(4), ..enrolling() };
    assert!(matches!(confirm(&world, &Secret::new("000000")).await, Err(Error::MfaInvalid)));
    assert_eq!(world.written(), [("mfa.refused", Outcome::Refused("wrong_code")), ("mfa.blocked", Outcome::Done)]);
    assert_eq!(world.store.only().changes, []);
    assert!(matches!(confirm(&world, &code(NOON)).await, Err(Error::TooManyCodes)));
    assert!(matches!(confirm(&enrolling(), &recovery_code(0)).await, Err(Error::MfaInvalid)), "not by a recovery code");
}

#[tokio::test]
async fn where_nothing_waits_to_be_confirmed_nothing_is_counted() {
    for totps in [vec![None], vec![Some(totp())]] {
        let world = World { totps, ..enrolling() };
        assert!(matches!(confirm(&world, &code(NOON)).await, Err(Error::IllegalState)));
        assert_eq!(world.tries.told(), [] as [&str; 0]);
        world.wrote_nothing();
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_set_up_anew_meanwhile_is_not_confirmed_by_a_code_of_the_old() {
    let (anew, _) = Totp::generate(&act(), nth(50));
    let read = vec![Some(unconfirmed()), Some(unconfirmed()), Some(anew)];
    let world = World { totps: read, ..enrolling() }.failing([CommitError::Stale]);
    assert!(matches!(confirm(&world, &code(NOON)).await, Err(Error::MfaInvalid)));
    let [stale, refused] = &world.store.all()[..] else { panic!() };
    assert_eq!((stale.changes.len(), refused.changes.len()), (5, 0));
}

#[tokio::test]
async fn an_unverified_user_may_and_one_who_has_left_may_not() {
    let unverified = crate::model::User { verified_at: None, ..john() };
    let world = World { totps: vec![Some(unconfirmed())], ..World::of(vec![Some(unverified)]) };
    assert!(confirm(&world, &code(NOON)).await.is_ok());
    for session in [None, Some(Session { ended_at: Some(NOON), ..old_session() })] {
        let world = World { session, ..enrolling() };
        assert!(matches!(confirm(&world, &code(NOON)).await, Err(Error::TokenInvalid)));
        world.wrote_nothing();
    }
}

#[tokio::test]
async fn a_fault_while_confirming_counts_for_nobody() {
    let world = enrolling().failing([CommitError::Fault(Fault::Contended)]);
    assert!(confirm(&world, &code(NOON)).await.is_err());
    assert_eq!(world.tries.count(&codes()), 0);
}
