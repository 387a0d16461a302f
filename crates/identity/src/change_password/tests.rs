use kernel::testing::{NOON, act, nth};
use kernel::{CommitError, Fault, Guard, Outcome};

use super::*;
use crate::ports::MockPasswordHasher;
use crate::testing::PlainHasher;
use crate::world::{PASSWORD, Tries, World, address, john};

const NEW: &str = "Quiet-Lantern-7!";

async fn change(world: &World, current: &str, new: &str) -> Result<(), Error> {
    let change = ChangePassword {
        store: world.store(),
        users: world.users(),
        standings: world.standings(),
        check: world.check(),
        hasher: Arc::clone(&world.hasher),
    };
    let (current, new) = (Secret::new(current), Secret::new(new));
    change.run(&act(), ChangePasswordInput { user: nth(50), session: nth(51), current, new }).await
}

#[tokio::test]
async fn the_new_password_counts_all_others_are_signed_out_and_the_owner_is_told() {
    let world = World::john();
    change(&world, PASSWORD, NEW).await.unwrap();
    let unit = world.store.only();
    assert_eq!(unit.guards, [Guard::User { user: nth(50), version: 1 }]);
    let next = User { password: Some(PlainHasher::of(NEW)), ..john() };
    assert_eq!(
        unit.changes,
        [
            Change::User(Write::Save { expected: john(), next }),
            Change::EndSessions { user: nth(50), except: Some(nth(51)), at: NOON },
            // A thief's wish for another address, or for a temporary password, goes with the old one.
            Change::RevokeMailedTokens {
                user: nth(50),
                purposes: &[MailedPurpose::ResetPassword, MailedPurpose::ChangeEmail],
                since: None,
            },
            Change::ForgetFailures(Guessed::Password(john().email)),
        ]
    );
    assert_eq!(world.written(), [("user.password_changed", Outcome::Done)]);
    assert_eq!(world.mailed(), [("password_changed", "user@example.com".to_owned())]);
    assert_eq!(unit.evidence.events[0].data["changed"], serde_json::json!(["password"]));
    assert!(!format!("{:?}{:?}", unit.evidence.audit, unit.evidence.events).contains("plain:"));
}

#[tokio::test]
async fn what_is_wrong_with_the_new_one_is_told_first_and_counts_as_no_attempt() {
    const EASY: &str = "The new_password field is too common or too easy to guess; a longer one helps.";
    const SAME: &str = "The new_password field must be another than the current one.";
    for (new, sentence) in [
        ("short", "The new_password field must be at least 8 characters."),
        ("Johndoe-2026!", EASY),
        ("Honey-Farm-2026!", EASY),
        (PASSWORD, SAME),
    ] {
        for current in [PASSWORD, "wrong"] {
            let current = if new == PASSWORD { new } else { current };
            let world = World::john();
            let Err(Error::Invalid(problems)) = change(&world, current, new).await else { panic!("{new}") };
            let told: Vec<_> = problems.iter().collect();
            assert!(told[0].0 == "new_password" && told[0].1.iter().any(|it| it == sentence), "{new}: {told:?}");
            assert_eq!((told.len(), world.tries.told()), (1, vec![]));
            world.wrote_nothing();
        }
    }
}

#[tokio::test]
async fn a_wrong_current_password_is_counted_and_the_new_one_is_not_hashed() {
    let mut hasher = MockPasswordHasher::new();
    hasher.expect_verify().times(1).returning(|_, _| Ok(false));
    hasher.expect_hash().never();
    let world = World { hasher: Arc::new(hasher), ..World::john() };
    assert!(matches!(change(&world, "wrong", NEW).await, Err(Error::InvalidCredentials)));
    assert_eq!(world.tries.told(), ["begin user@example.com"]);
    assert_eq!(world.written(), [("user.password_refused", Outcome::Refused("wrong_password"))]);
    let locked = World { tries: Tries::after(10), ..World::john() };
    assert!(matches!(change(&locked, PASSWORD, NEW).await, Err(Error::AccountLocked)));
}

#[tokio::test]
async fn a_hasher_without_time_counts_for_nobody() {
    let mut hasher = MockPasswordHasher::new();
    hasher.expect_verify().returning(|_, _| Ok(true));
    hasher.expect_is_outdated().returning(|_| false);
    hasher.expect_hash().returning(|_| Err(Fault::Overloaded(std::time::Duration::from_secs(1))));
    let world = World { hasher: Arc::new(hasher), ..World::john() };
    assert!(matches!(change(&world, PASSWORD, NEW).await, Err(Error::Fault(Fault::Overloaded(_)))));
    assert_eq!(world.tries.told(), ["begin user@example.com", "withdraw user@example.com"]);
}

#[tokio::test(start_paused = true)]
async fn of_two_changes_at_once_the_later_is_refused() {
    let changed = User { password: Some(PlainHasher::of("other")), version: 2, ..john() };
    let before = || Some(john());
    // Read for the rules, at the door twice, and before each commit.
    let world = World::of(vec![before(), before(), before(), before(), Some(changed)]).failing([CommitError::Stale]);
    assert!(matches!(change(&world, PASSWORD, NEW).await, Err(Error::InvalidCredentials)));
    assert_eq!(world.store.all().len(), 1);
}

#[tokio::test]
async fn who_is_gone_has_no_password_to_change() {
    assert!(matches!(change(&World::nobody(), PASSWORD, NEW).await, Err(Error::TokenInvalid)));
}

#[test]
fn nobodys_own_words_fit() {
    let jane = User { email: address("jane@example.com"), name: PersonName::parse("Wilhelmina Quiet"), ..john() };
    let fits = |words: &[&str], password: &str| {
        let words: Vec<String> = words.iter().map(|it| (*it).to_owned()).collect();
        fit(jane.words(), &words, Secret::new(password)).is_ok()
    };
    assert!(fits(&[], "Honey-Farm-2026!") && !fits(&["Honey Farm"], "Honey-Farm-2026!"));
    assert!(!fits(&[], "Wilhelmina-2026!") && !fits(&[], "Johndoe-2026!"));
}

#[test]
fn problems_are_told_under_the_field_that_was_sent() {
    let mut problems = Problems::one("password", "The password field is short.");
    problems.add("password", "Another.");
    let mut expected = Problems::one("new_password", "The new_password field is short.");
    expected.add("new_password", "Another.");
    assert_eq!(of_field("new_password", &problems), expected);
}
