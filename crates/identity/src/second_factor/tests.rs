//! The second factor at the doors that ask for it.

use kernel::testing::{NOON, act, nth};
use kernel::{CommitError, Guard, Outcome, Scope};

use super::*;
use crate::model::{Factors, Renewed, Session, SignedIn, Term};
use crate::world::{
    CHALLENGE, PASSWORD, Tries, World, code, codes, john, passkey, recovery_code, response, seconds, totp,
};
use crate::{LogInInput, StepUpInput};

mod doors;

fn nothing() -> SecondFactor {
    SecondFactor::default()
}

fn by(code: &Secret) -> SecondFactor {
    SecondFactor { totp_code: Some(code.clone()), ..nothing() }
}

fn right() -> SecondFactor {
    by(&code(NOON))
}

fn wrong() -> SecondFactor {
    by(&Secret::new("000000"))
}

fn recovering(n: u8) -> SecondFactor {
    SecondFactor { recovery_code: Some(recovery_code(n)), ..nothing() }
}

fn by_passkey(n: u8) -> SecondFactor {
    SecondFactor { passkey: Some(response(n)), ..nothing() }
}

async fn log_in(world: &World, second: SecondFactor) -> Result<SignedIn, Error> {
    let (email, password) = ("user@example.com".to_owned(), Secret::new(PASSWORD));
    world.log_in().run(&act(), LogInInput { email, password, second, term: Term::Usual, organization: None }).await
}

async fn step_up(world: &World, password: Option<&str>, second: SecondFactor) -> Result<Renewed, Error> {
    let password = password.map(Secret::new);
    world.step_up().run(&act(), StepUpInput { user: nth(50), session: nth(51), password, second }).await
}

/// The password was right: what it was counted for is forgotten. The code was not.
fn of_the_password_alone() -> Vec<Change> {
    vec![Change::ForgetFailures(Guessed::Password(john().email))]
}

fn begun_and(last: &[String]) -> Vec<String> {
    let begun = ["begin user@example.com".to_owned(), format!("begin {}", codes().key())];
    [&begun[..], last].concat()
}

fn withdrawn() -> String {
    format!("withdraw {}", codes().key())
}

#[tokio::test]
async fn without_a_second_factor_there_is_no_session() {
    let world = World::john_with_mfa();
    assert!(matches!(log_in(&world, nothing()).await, Err(Error::MfaRequired)));
    assert_eq!(world.written(), [("mfa.refused", Outcome::Refused("mfa_required"))]);
    let unit = world.store.only();
    assert_eq!((unit.changes, unit.guards), (of_the_password_alone(), vec![Guard::User { user: nth(50), version: 1 }]));
    assert_eq!(unit.evidence.audit[0].scope, Scope::User(nth(50)));
    assert_eq!(world.tries.told(), ["begin user@example.com"], "who gives none has guessed none");
}

#[tokio::test]
async fn the_password_is_judged_before_the_code_and_a_wrong_one_uses_none_up() {
    let world = World::john_with_mfa();
    let input = LogInInput {
        email: "user@example.com".into(),
        password: Secret::new("wrong"),
        second: right(),
        term: Term::Usual,
        organization: None,
    };
    assert!(matches!(world.log_in().run(&act(), input).await, Err(Error::InvalidCredentials)));
    assert_eq!(world.tries.told(), ["begin user@example.com"]);
    assert_eq!(world.store.only().changes, []);
}

#[tokio::test]
async fn a_right_code_lets_in_and_is_used_up_by_the_unit_it_lets_through() {
    let world = World::john_with_mfa();
    log_in(&world, right()).await.unwrap();
    let unit = world.store.only();
    assert_eq!(unit.guards, [Guard::User { user: nth(50), version: 1 }]);
    let [
        Change::Session(Write::Add(session)),
        Change::RefreshToken(_),
        Change::ForgetFailures(of_codes),
        Change::Totp(Write::Save { expected, next }),
        Change::ForgetFailures(of_password),
    ] = unit.changes.as_slice()
    else {
        panic!("{unit:#?}")
    };
    assert_eq!(session.factors, Factors::of([Factor::Password, Factor::Totp]));
    assert_eq!((of_codes, of_password), (&codes(), &Guessed::Password(john().email)));
    assert_eq!(expected, &totp(), "of two at once one finds it changed");
    assert_eq!(next, &Totp { last_step: NOON.timestamp() / 30, ..totp() });
    assert_eq!(world.written(), [("session.started", Outcome::Done)]);
    assert_eq!(world.mailed(), []);
    assert_eq!(world.tries.told(), begun_and(&[]));
}

#[tokio::test]
async fn a_wrong_code_is_counted_and_written_and_changes_nothing() {
    let world = World::john_with_mfa();
    assert!(matches!(log_in(&world, wrong()).await, Err(Error::MfaInvalid)));
    assert_eq!(world.written(), [("mfa.refused", Outcome::Refused("wrong_code"))]);
    assert_eq!(world.store.only().changes, of_the_password_alone(), "not the codes that were wrong");
    assert_eq!(world.tries.told(), begun_and(&[]));
    assert_eq!(world.tries.count(&codes()), 1);
}

#[tokio::test]
async fn a_used_code_is_refused_and_is_no_guess() {
    let used = Totp { last_step: NOON.timestamp() / 30, ..totp() };
    let world = World { totps: vec![Some(used)], ..World::john() };
    assert!(matches!(log_in(&world, right()).await, Err(Error::MfaUsed)));
    assert_eq!(world.written(), [("mfa.refused", Outcome::Refused("used_code"))]);
    assert_eq!(world.store.only().changes, of_the_password_alone());
    assert_eq!(world.tries.told(), begun_and(&[withdrawn()]));
    assert_eq!(Error::MfaUsed.to_string(), Error::MfaInvalid.to_string());
}

#[tokio::test]
async fn the_fifth_wrong_code_blocks_and_the_user_is_told_once() {
    let world = World { tries: Tries::after_codes(3), ..World::john_with_mfa() };
    assert!(matches!(log_in(&world, wrong()).await, Err(Error::MfaInvalid)));
    assert_eq!(world.mailed(), [], "the fourth");
    // Codes of either kind are counted together.
    let unknown = SecondFactor { recovery_code: Some(Secret::new("aaaa-aaaa-aaaa-aaaa")), ..nothing() };
    assert!(matches!(log_in(&world, unknown).await, Err(Error::MfaInvalid)));
    let told = [("mfa_blocked", "user@example.com".to_owned())];
    assert_eq!(world.mailed(), told);
    assert_eq!(world.written()[1..], [("mfa.refused", Outcome::Refused("wrong_code")), ("mfa.blocked", Outcome::Done)]);

    for refused in [right(), recovering(0), wrong()] {
        assert!(matches!(log_in(&world, refused).await, Err(Error::TooManyCodes)), "also the right one");
    }
    assert_eq!(world.written().pop(), Some(("mfa.refused", Outcome::Refused("blocked"))));
    assert_eq!(world.mailed(), told);
    assert_eq!(world.tries.count(&codes()), 5);
    assert!(world.store.all().iter().all(|it| it.changes == of_the_password_alone()));
}

#[tokio::test]
async fn who_is_blocked_still_has_a_passkey_and_is_still_asked() {
    let tries = Tries::after_codes(5);
    let world = World { tries, passkeys: vec![passkey(1, 50)], ..World::john_with_mfa() };
    assert!(matches!(log_in(&world, nothing()).await, Err(Error::MfaRequired)));
    world.check_passkey().begin().await.unwrap();
    assert!(log_in(&world, by_passkey(1)).await.is_ok());
}

#[tokio::test]
async fn a_recovery_code_stands_in_once_and_the_user_is_told_how_many_are_left() {
    let world = World::john_with_mfa();
    log_in(&world, recovering(2)).await.unwrap();
    let unit = world.store.only();
    let saved = unit.changes.iter().find_map(|it| match it {
        Change::Totp(Write::Save { expected, next }) => Some((expected.clone(), next.clone())),
        _ => None,
    });
    let (expected, next) = saved.unwrap();
    let left: Vec<_> = totp().recovery_codes.into_iter().enumerate().filter(|(i, _)| *i != 2).map(|it| it.1).collect();
    assert_eq!((expected, next), (totp(), Totp { recovery_codes: left, ..totp() }));
    assert!(unit.changes.contains(&Change::ForgetFailures(codes())));
    assert!(unit.changes.iter().any(
        |it| matches!(it, Change::Session(Write::Add(it)) if it.factors == Factors::of([Factor::Password, Factor::RecoveryCode]))
    ));
    assert_eq!(world.written(), [("session.started", Outcome::Done), ("mfa.recovery_code_used", Outcome::Done)]);
    let [mail] = unit.evidence.mail.as_slice() else { panic!() };
    assert_eq!(mail.template, "recovery_code_used");
    assert!(mail.values.iter().any(|(key, value)| *key == "left" && value.expose() == "7"));
    assert!(!format!("{:?}", unit.evidence.audit).contains("abcd"));
}

#[tokio::test]
async fn of_both_kinds_the_code_of_the_moment_is_looked_at() {
    let both = |code: &Secret| SecondFactor { totp_code: Some(code.clone()), ..recovering(0) };
    let world = World::john_with_mfa();
    assert!(matches!(log_in(&world, both(&Secret::new("000000"))).await, Err(Error::MfaInvalid)));
    assert_eq!(world.tries.count(&codes()), 1, "one guess");
    log_in(&world, both(&code(NOON))).await.unwrap();
    assert_eq!(world.mailed(), [], "and the other stays");
}

#[tokio::test]
async fn where_it_is_off_codes_are_neither_asked_for_nor_counted() {
    let unconfirmed = Totp { confirmed_at: None, ..totp() };
    for totps in [vec![None], vec![Some(unconfirmed)]] {
        for given in [nothing(), wrong(), recovering(0), by_passkey(9)] {
            let world = World { totps: totps.clone(), ..World::john() };
            log_in(&world, given).await.unwrap();
            assert_eq!(world.tries.told(), ["begin user@example.com"]);
            let unit = world.store.only();
            assert_eq!(unit.changes.len(), 3, "{unit:#?}");
            assert!(unit.changes.iter().all(|it| !matches!(it, Change::Totp(_) | Change::Passkey(_))));
        }
    }
}

#[tokio::test]
async fn a_fault_takes_both_guesses_back() {
    let world = World::john_with_mfa().failing([CommitError::Fault(Fault::Contended)]);
    assert!(matches!(log_in(&world, right()).await, Err(Error::Fault(_))));
    assert_eq!(world.tries.told(), begun_and(&[withdrawn(), "withdraw user@example.com".to_owned()]));
    assert_eq!((world.tries.count(&codes()), world.tries.count(&Guessed::Password(john().email))), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn switched_on_between_judgement_and_commit_it_is_asked_for() {
    let meanwhile = crate::model::User { version: 2, ..john() };
    let world = World {
        // Taken, judged, and judged anew.
        totps: vec![None, None, Some(totp())],
        ..World::of(vec![Some(john()), Some(john()), Some(meanwhile)])
    }
    .failing([CommitError::Stale]);
    assert!(matches!(log_in(&world, nothing()).await, Err(Error::MfaRequired)));
    let [stale, refused] = &world.store.all()[..] else { panic!() };
    assert_eq!(stale.guards, [Guard::User { user: nth(50), version: 1 }], "what makes it stale");
    assert_eq!(refused.guards, [Guard::User { user: nth(50), version: 2 }]);
    assert_eq!(refused.changes, of_the_password_alone());
}

#[tokio::test(start_paused = true)]
async fn of_two_who_give_one_code_at_once_one_comes_too_late() {
    let used = Totp { last_step: NOON.timestamp() / 30, version: 5, ..totp() };
    let world = World { totps: vec![Some(totp()), Some(totp()), Some(used)], ..World::john() };
    let world = world.failing([CommitError::Stale]);
    assert!(matches!(log_in(&world, right()).await, Err(Error::MfaUsed)));
    assert_eq!(world.store.all()[1].changes, of_the_password_alone());
}

#[tokio::test(start_paused = true)]
async fn and_of_two_who_give_one_recovery_code() {
    let (_, left) = (totp(), Totp { recovery_codes: totp().recovery_codes[1..].to_vec(), version: 5, ..totp() });
    let world = World { totps: vec![Some(totp()), Some(totp()), Some(left)], ..World::john() };
    let world = world.failing([CommitError::Stale]);
    assert!(matches!(log_in(&world, recovering(0)).await, Err(Error::MfaInvalid)));
    assert_eq!(world.store.all()[1].changes, of_the_password_alone());
}

#[tokio::test]
async fn a_passkey_stands_in_for_a_code() {
    let world = World { passkeys: vec![passkey(1, 50), passkey(2, 77)], ..World::john_with_mfa() };
    world.check_passkey().begin().await.unwrap();
    log_in(&world, by_passkey(1)).await.unwrap();
    let unit = world.store.only();
    let used = Passkey { public: serde_json::json!({"counter": 2}), last_used_at: Some(NOON), ..passkey(1, 50) };
    assert!(unit.changes.contains(&Change::Passkey(Write::Save { expected: passkey(1, 50), next: used })));
    assert!(!unit.changes.contains(&Change::ForgetFailures(codes())), "it says nothing of the codes");
    assert!(unit.changes.iter().any(
        |it| matches!(it, Change::Session(Write::Add(it)) if it.factors == Factors::of([Factor::Password, Factor::Passkey]))
    ));
    // The challenge is used up.
    assert!(matches!(log_in(&world, by_passkey(1)).await, Err(Error::MfaInvalid)));
    assert_eq!(world.written().pop(), Some(("mfa.refused", Outcome::Refused("unknown_challenge"))));
}

#[tokio::test]
async fn a_passkey_that_is_anothers_unknown_or_lying_stands_in_for_nothing() {
    let mut lie = by_passkey(1);
    lie.passkey.as_mut().unwrap()["lie"] = true.into();
    for (given, reason) in [
        (by_passkey(2), "another_user"),
        (by_passkey(3), "unknown_passkey"),
        (lie, "bad_signature"),
        (SecondFactor { passkey: Some(Value::Null), ..right() }, "malformed_passkey"),
    ] {
        let world = World { passkeys: vec![passkey(1, 50), passkey(2, 77)], ..World::john_with_mfa() };
        world.check_passkey().begin().await.unwrap();
        assert!(matches!(log_in(&world, given).await, Err(Error::MfaInvalid)), "{reason}");
        assert_eq!(world.written(), [("mfa.refused", Outcome::Refused(reason))]);
        assert_eq!(world.store.only().changes, of_the_password_alone());
        assert_eq!(world.waiting.kept().is_empty(), reason != "malformed_passkey", "{CHALLENGE} is used up");
    }
}
