use async_trait::async_trait;
use kernel::testing::{act, nth};
use kernel::{CommitError, Guard, Outcome, Scope, Write};

use super::*;
use crate::model::Lockout;
use crate::ports::{MockPasswordHasher, MockUsers};
use crate::testing::PlainHasher;
use crate::world::{PASSWORD, Tries, World, address, john};

const BEGIN: &str = "begin user@example.com";
const WITHDRAW: &str = "withdraw user@example.com";

async fn sign_in(world: &World, password: &str) -> Result<Proved, Error> {
    world.check().sign_in(&act(), &address("User@Example.com"), &Secret::new(password)).await
}

async fn again(world: &World, password: &str) -> Result<Proved, Error> {
    world.check().again(&act(), nth(50), &Secret::new(password)).await
}

fn refused<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::InvalidCredentials))
}

/// A hasher that must not be asked.
fn untouched() -> Arc<dyn PasswordHasher> {
    let mut hasher = MockPasswordHasher::new();
    hasher.expect_verify().never();
    hasher.expect_hash().never();
    Arc::new(hasher)
}

fn concealing(user: User) -> World {
    let mut world = World::of(vec![Some(user)]);
    world.settings.registration.conceal = true;
    world
}

#[tokio::test]
async fn the_right_password_is_counted_and_nothing_is_written_yet() {
    let world = World::john();
    let proved = sign_in(&world, PASSWORD).await.unwrap();
    assert_eq!((proved.user, proved.renewed), (john(), None));
    assert_eq!(world.tries.told(), [BEGIN]);
    world.wrote_nothing();
}

/// Fails the test where a password is compared that was not counted before.
struct AfterCounting(Arc<Tries>);

#[async_trait]
impl PasswordHasher for AfterCounting {
    async fn hash(&self, _password: &Secret) -> Result<PasswordHash, Fault> {
        unreachable!()
    }

    async fn verify(&self, _password: &Secret, _hash: Option<PasswordHash>) -> Result<bool, Fault> {
        assert_eq!(self.0.told(), [BEGIN]);
        Ok(false)
    }

    fn is_outdated(&self, _hash: &PasswordHash) -> bool {
        unreachable!()
    }
}

#[tokio::test]
async fn an_attempt_is_counted_before_the_password_is_looked_at() {
    for state in [Some(john()), None] {
        let tries = Tries::after(0);
        let hasher = Arc::new(AfterCounting(Arc::clone(&tries)));
        let world = World { tries, hasher, ..World::of(vec![state]) };
        assert!(refused(&sign_in(&world, PASSWORD).await));
        assert_eq!(world.tries.told(), [BEGIN], "and stays counted");
    }
}

#[tokio::test]
async fn a_locked_address_is_not_looked_at_and_the_refusal_is_written() {
    for state in [Some(john()), None] {
        let world = World { tries: Tries::after(10), hasher: untouched(), ..World::of(vec![state]) };
        assert!(matches!(sign_in(&world, PASSWORD).await, Err(Error::AccountLocked)));
        assert_eq!(world.written(), [("session.login_failed", Outcome::Refused("locked"))]);
        assert_eq!(world.mailed(), [], "the owner was told when it was locked");
        // Whose it is was not looked at, so that it costs the same.
        assert_eq!(world.store.only().evidence.audit[0].scope, Scope::Installation);
    }
    let inside = World { tries: Tries::after(10), hasher: untouched(), ..World::john() };
    assert!(matches!(again(&inside, PASSWORD).await, Err(Error::AccountLocked)));
    assert_eq!(inside.written(), [("user.password_refused", Outcome::Refused("locked"))]);
}

#[tokio::test]
async fn the_threshold_is_the_settings() {
    let mut world = World { tries: Tries::after(2), ..World::john() };
    world.settings.lockout = Lockout { threshold: 2, ..Lockout::default() };
    assert!(matches!(sign_in(&world, PASSWORD).await, Err(Error::AccountLocked)));
}

#[tokio::test]
async fn the_tenth_failure_locks_and_its_owner_is_told() {
    let world = World { tries: Tries::after(8), ..World::john() };
    assert!(refused(&sign_in(&world, "wrong").await));
    assert_eq!(world.written(), [("session.login_failed", Outcome::Refused("wrong_password"))]);
    assert!(refused(&sign_in(&world, "wrong").await));
    assert_eq!(world.written()[2..], [("user.locked", Outcome::Done)]);
    let units = world.store.all();
    assert_eq!(units[0].evidence.events, []);
    assert_eq!(units[1].evidence.events.iter().map(|it| it.kind).collect::<Vec<_>>(), ["user.locked"]);
    assert_eq!(world.mailed(), [("account_locked", "user@example.com".to_owned())]);
    assert!(matches!(sign_in(&world, PASSWORD).await, Err(Error::AccountLocked)));
    assert_eq!(world.mailed().len(), 1);
}

#[tokio::test]
async fn the_tenth_attempt_still_lets_the_right_password_in() {
    let world = World { tries: Tries::after(9), ..World::john() };
    assert!(sign_in(&world, PASSWORD).await.is_ok());
    world.wrote_nothing();
}

#[tokio::test]
async fn an_address_without_an_active_account_locks_and_nobody_is_told() {
    let suspended = User { status: UserStatus::Suspended, ..john() };
    for state in [None, Some(suspended)] {
        let world = World { tries: Tries::after(9), ..World::of(vec![state]) };
        assert!(refused(&sign_in(&world, "wrong").await));
        assert_eq!(world.written()[1..], [("user.locked", Outcome::Done)]);
        assert_eq!((world.mailed(), world.store.only().evidence.events), (vec![], vec![]));
    }
}

#[tokio::test]
async fn an_unknown_address_costs_a_comparison() {
    let mut hasher = MockPasswordHasher::new();
    hasher
        .expect_verify()
        .times(1)
        .withf(|given, hash| given.expose() == PASSWORD && hash.is_none())
        .returning(|_, _| Ok(false));
    let world = World { hasher: Arc::new(hasher), ..World::nobody() };
    assert!(refused(&sign_in(&world, PASSWORD).await));
    assert_eq!(world.written(), [("session.login_failed", Outcome::Refused("unknown_email"))]);
    let unit = world.store.only();
    assert_eq!((unit.changes.len(), unit.evidence.audit[0].scope), (0, Scope::Installation));
    assert_eq!(unit.evidence.audit[0].personal[0].after, "User@Example.com", "what was tried is kept");
}

#[tokio::test]
async fn an_account_without_a_password_has_no_right_one_and_costs_the_same() {
    let mut hasher = MockPasswordHasher::new();
    // Whatever the hasher says: there is nothing to be right.
    hasher.expect_verify().times(1).withf(|_, hash| hash.is_none()).returning(|_, _| Ok(true));
    let without = World::of(vec![Some(User { password: None, ..john() })]);
    let world = World { hasher: Arc::new(hasher), ..without };
    assert!(refused(&sign_in(&world, "").await));
    assert_eq!(world.written(), [("session.login_failed", Outcome::Refused("no_password"))]);
}

#[tokio::test]
async fn what_is_too_long_to_be_a_password_is_compared_as_nothing() {
    for (given, compared) in [("ü".repeat(129), String::new()), ("ü".repeat(128), "ü".repeat(128))] {
        let mut hasher = MockPasswordHasher::new();
        let hash = john().password;
        hasher
            .expect_verify()
            .times(1)
            .withf(move |given, against| given.expose() == compared && *against == hash)
            .returning(|_, _| Ok(false));
        let world = World { hasher: Arc::new(hasher), ..World::john() };
        assert!(refused(&sign_in(&world, &given).await));
    }
}

#[tokio::test]
async fn who_is_not_active_has_no_right_password() {
    for status in [UserStatus::Suspended, UserStatus::Deleted] {
        let world = World::of(vec![Some(User { status, ..john() })]);
        assert!(refused(&sign_in(&world, PASSWORD).await));
        assert_eq!(world.written(), [("session.login_failed", Outcome::Refused("user_not_active"))]);
        assert_eq!(world.tries.told(), [BEGIN]);
    }
}

#[tokio::test]
async fn who_is_not_verified_signs_in_unless_addresses_are_concealed() {
    let unverified = || User { verified_at: None, ..john() };
    assert!(sign_in(&World::of(vec![Some(unverified())]), PASSWORD).await.is_ok());
    assert!(sign_in(&concealing(john()), PASSWORD).await.is_ok());
    let world = concealing(unverified());
    assert!(refused(&sign_in(&world, PASSWORD).await));
    assert_eq!(world.written(), [("session.login_failed", Outcome::Refused("email_not_verified"))]);
    assert!(again(&concealing(unverified()), PASSWORD).await.is_ok(), "inside there is nothing to conceal");
}

#[tokio::test]
async fn a_fault_while_looking_takes_the_attempt_back() {
    let mut hasher = MockPasswordHasher::new();
    hasher.expect_verify().returning(|_, _| Err(Fault::Contended));
    let world = World { hasher: Arc::new(hasher), ..World::john() };
    assert!(matches!(sign_in(&world, PASSWORD).await, Err(Error::Fault(Fault::Contended))));
    assert_eq!(world.tries.told(), [BEGIN, WITHDRAW]);
    world.wrote_nothing();
}

#[tokio::test]
async fn a_wrong_password_whose_refusal_cannot_be_written_stays_counted() {
    let world = World::john().failing([CommitError::Fault(Fault::Contended)]);
    assert!(matches!(sign_in(&world, "wrong").await, Err(Error::Fault(_))));
    assert_eq!(world.tries.told(), [BEGIN]);
}

#[tokio::test]
async fn a_fault_after_the_right_password_takes_the_attempt_back_and_nothing_else_does() {
    for (outcome, told) in [
        (Err(Error::Fault(Fault::Contended)), vec![BEGIN, WITHDRAW]),
        (Err(Error::InvalidCredentials), vec![BEGIN]),
        (Ok(()), vec![BEGIN]),
    ] {
        let world = World::john();
        let proved = sign_in(&world, PASSWORD).await.unwrap();
        let expected = outcome.is_ok();
        assert_eq!(world.check().settle(&proved, outcome).await.is_ok(), expected);
        assert_eq!(world.tries.told(), told);
    }
}

#[tokio::test]
async fn a_refusal_is_never_remembered_as_an_answer() {
    let idempotency = kernel::Idempotency { key: Secret::new("k"), scope: "POST /x".into(), request: [0; 32] };
    let act = Act { idempotency: Some(idempotency), ..act() };
    let world = World::john();
    assert!(refused(&world.check().again(&act, nth(50), &Secret::new("wrong")).await));
    assert_eq!(world.store.only().once, None);
}

#[tokio::test]
async fn inside_a_refusal_is_the_users_own_and_locks_all_the_same() {
    let world = World { tries: Tries::after(9), ..World::john() };
    assert!(refused(&again(&world, "wrong").await));
    assert_eq!(
        world.written(),
        [("user.password_refused", Outcome::Refused("wrong_password")), ("user.locked", Outcome::Done)]
    );
    assert_eq!(world.store.only().evidence.audit[0].scope, Scope::User(nth(50)));
}

#[tokio::test]
async fn inside_nobody_counts_who_is_gone() {
    for state in [None, Some(User { status: UserStatus::Suspended, ..john() })] {
        let world = World::of(vec![state]);
        assert!(matches!(again(&world, PASSWORD).await, Err(Error::TokenInvalid)));
        assert_eq!(world.tries.told(), [] as [&str; 0]);
    }
}

#[tokio::test]
async fn inside_the_account_that_has_the_address_by_now_is_not_proved() {
    let mut users = MockUsers::new();
    users.expect_by_id().returning(|_| Ok(Some(john())));
    users.expect_by_email().returning(|_| Ok(Some(User { id: nth(99), ..john() })));
    let world = World::john();
    let check = CheckPassword {
        store: world.store(),
        users: Arc::new(users),
        attempts: Arc::<Tries>::clone(&world.tries),
        hasher: Arc::new(PlainHasher),
        settings: world.settings(),
        gate: Gate::default(),
    };
    assert!(matches!(check.again(&act(), nth(50), &Secret::new(PASSWORD)).await, Err(Error::TokenInvalid)));
}

#[tokio::test]
async fn what_was_proved_must_still_hold() {
    let cases = [
        (Some(john()), true),
        (Some(User { version: 9, name: None, ..john() }), true),
        (Some(User { password: Some(PlainHasher::of(&format!("old:{PASSWORD}"))), ..john() }), true),
        (Some(User { email: address("USER@example.com"), ..john() }), true),
        (Some(User { password: Some(PlainHasher::of("other")), ..john() }), false),
        (Some(User { password: None, ..john() }), false),
        (Some(User { email: address("new@example.com"), ..john() }), false),
        (Some(User { status: UserStatus::Suspended, ..john() }), false),
        (Some(User { status: UserStatus::Deleted, ..john() }), false),
        (None, false),
    ];
    for (now, holds) in cases {
        let proved = sign_in(&World::john(), PASSWORD).await.unwrap();
        let still = World::of(vec![now.clone()]).check().still(&proved).await;
        assert_eq!(still.as_ref().ok(), now.as_ref().filter(|_| holds), "{now:?}");
        assert!(holds || refused(&still));
    }
}

fn unit() -> UnitOfWork<Change> {
    UnitOfWork::of(&act(), &Action::SessionsEnded(nth(50)))
}

#[tokio::test]
async fn who_is_let_in_is_guarded_and_their_failures_are_forgotten() {
    let proved = sign_in(&World::john(), PASSWORD).await.unwrap();
    let unit = proved.welcome(unit(), &User { version: 4, ..john() });
    assert_eq!(unit.guards, [Guard::User { user: nth(50), version: 4 }]);
    assert_eq!(unit.changes, [Change::ForgetFailures(Guessed::Password(john().email))]);
}

#[tokio::test]
async fn an_old_fashioned_hash_gives_way_to_a_new_one() {
    let old = User { password: Some(PlainHasher::of(&format!("old:{PASSWORD}"))), ..john() };
    let proved = sign_in(&World::of(vec![Some(old.clone())]), PASSWORD).await.unwrap();
    let unit_of = |user: &User| proved.welcome(unit(), user).changes;
    let save = Change::User(Write::Save { expected: old.clone(), next: john() });
    assert_eq!(unit_of(&old), [Change::ForgetFailures(Guessed::Password(john().email)), save]);
    // Where it has changed meanwhile, the new one stays.
    assert_eq!(unit_of(&john()).len(), 1);
}

#[tokio::test]
async fn no_time_for_a_new_hash_is_no_reason_to_refuse() {
    let mut hasher = MockPasswordHasher::new();
    hasher.expect_verify().returning(|_, _| Ok(true));
    hasher.expect_is_outdated().returning(|_| true);
    hasher.expect_hash().times(1).returning(|_| Err(Fault::Overloaded(std::time::Duration::from_secs(1))));
    let world = World { hasher: Arc::new(hasher), ..World::john() };
    assert_eq!(sign_in(&world, PASSWORD).await.unwrap().renewed, None);
    assert_eq!(world.tries.told(), [BEGIN]);
}

#[tokio::test]
async fn a_wrong_password_is_never_hashed_anew() {
    let mut hasher = MockPasswordHasher::new();
    hasher.expect_verify().returning(|_, _| Ok(false));
    hasher.expect_is_outdated().returning(|_| true);
    hasher.expect_hash().never();
    assert!(refused(&sign_in(&World { hasher: Arc::new(hasher), ..World::john() }, "wrong").await));
}

#[tokio::test(start_paused = true)]
async fn the_place_in_the_gate_is_kept_until_what_was_proved_is_done_with() {
    let world = World::john();
    let check = world.check();
    let try_in = || async { check.sign_in(&act(), &address("user@example.com"), &Secret::new(PASSWORD)).await };
    let proved = try_in().await.unwrap();
    assert!(matches!(try_in().await, Err(Error::Fault(Fault::Overloaded(_)))));
    assert_eq!(world.tries.told().len(), 1, "who found no place is not counted");
    drop(proved);
    assert!(try_in().await.is_ok());
}
