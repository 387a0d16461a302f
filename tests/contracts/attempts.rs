use chrono::TimeDelta;
use identity::ports::{Admission, Attempts, Guessed};
use identity::{Change, Lockout, Totp};
use kernel::{EmailAddress, Store, UnitOfWork};

use crate::support::rig::Rig;

fn ada(text: &str) -> Guessed {
    Guessed::Password(EmailAddress::parse(text).unwrap())
}

async fn forget(rig: &Rig, guessed: &Guessed) {
    let action = identity::Action::UserUpdated(rig.act().id());
    let unit = UnitOfWork::<Change>::of(&rig.act(), &action).change(Change::ForgetFailures(guessed.clone()));
    rig.stores[1].commit(unit).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn attempt_1_of_a_hundred_at_once_exactly_so_many_are_counted_until_they_are_forgotten() {
    let rig = Rig::new().await;
    let at = rig.act().at;
    let codes = (Guessed::Code(rig.act().id()), Totp::LOCKOUT);
    for (guessed, lockout) in [(ada("ada@example.com"), Lockout::default()), codes.clone(), codes] {
        let begin = |store: adapter_postgres::PgStore| {
            let guessed = guessed.clone();
            async move { store.begin(&guessed, lockout, at).await.unwrap() }
        };
        let mut answers = rig.race(100, |_, store| begin(store)).await;
        answers.retain(|it| *it != Admission::Locked);
        answers.sort_by_key(|it| if let Admission::Counted(number) = it { *number } else { 0 });
        let each: Vec<_> = (1..=lockout.threshold).map(Admission::Counted).collect();
        assert_eq!(answers, each, "each has a number of its own");
        forget(&rig, &guessed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attempt_1_a_lock_outlives_the_node() {
    let rig = Rig::new().await;
    let (at, email) = (rig.act().at, ada("ada@example.com"));
    let lockout = Lockout { threshold: 2, release_after: None };
    for number in 1..=2 {
        assert_eq!(rig.stores[0].begin(&email, lockout, at).await.unwrap(), Admission::Counted(number));
    }
    let later = at + TimeDelta::days(365);
    let another = rig.another_store().await;
    assert_eq!(another.begin(&email, lockout, later).await.unwrap(), Admission::Locked);
    assert_eq!(another.begin(&ada("bob@example.com"), lockout, later).await.unwrap(), Admission::Counted(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn attempt_1_what_is_taken_back_was_none() {
    let rig = Rig::new().await;
    let (at, email) = (rig.act().at, ada("ada@example.com"));
    let lockout = Lockout { threshold: 2, release_after: None };
    rig.stores[0].withdraw(&email).await.unwrap();
    for _ in 0..3 {
        for number in 1..=2 {
            assert_eq!(rig.stores[0].begin(&email, lockout, at).await.unwrap(), Admission::Counted(number));
        }
        assert_eq!(rig.stores[0].begin(&email, lockout, at).await.unwrap(), Admission::Locked);
        for _ in 0..2 {
            rig.stores[1].withdraw(&email).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attempt_2_case_makes_no_second_address() {
    let rig = Rig::new().await;
    let at = rig.act().at;
    for (number, text) in (1..).zip(["ada@example.com", "Ada@Example.com", "ADA@EXAMPLE.COM"]) {
        let admission = rig.stores[0].begin(&ada(text), Lockout::default(), at).await.unwrap();
        assert_eq!(admission, Admission::Counted(number), "{text}");
    }
    forget(&rig, &ada("aDa@example.com")).await;
    let admission = rig.stores[0].begin(&ada("ada@example.com"), Lockout::default(), at).await.unwrap();
    assert_eq!(admission, Admission::Counted(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn attempt_3_when_the_lock_is_over_it_begins_again_from_one() {
    let rig = Rig::new().await;
    let (at, email) = (rig.act().at, ada("ada@example.com"));
    let lockout = Lockout { threshold: 2, release_after: Some(TimeDelta::minutes(15)) };
    let begin = async |at| rig.stores[0].begin(&email, lockout, at).await.unwrap();
    assert_eq!(begin(at).await, Admission::Counted(1));
    let locked_at = at + TimeDelta::hours(1);
    assert_eq!(begin(locked_at).await, Admission::Counted(2), "what was no lock yet is not forgotten");
    let over = locked_at + TimeDelta::minutes(15);
    assert_eq!(begin(over - TimeDelta::microseconds(1)).await, Admission::Locked, "and does not lock for longer");
    let answers = rig
        .race(20, |_, store| {
            let email = email.clone();
            async move { store.begin(&email, lockout, over).await.unwrap() }
        })
        .await;
    for number in 1..=2 {
        assert_eq!(answers.iter().filter(|it| **it == Admission::Counted(number)).count(), 1, "{answers:?}");
    }
    assert_eq!(answers.iter().filter(|it| **it == Admission::Locked).count(), 18, "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn attempt_3_another_threshold_counts_at_once() {
    let rig = Rig::new().await;
    let (at, email) = (rig.act().at, ada("ada@example.com"));
    let begin = async |threshold, at| {
        let lockout = Lockout { threshold, release_after: Some(TimeDelta::minutes(15)) };
        rig.stores[0].begin(&email, lockout, at).await.unwrap()
    };
    for number in 1..=4 {
        assert_eq!(begin(10, at).await, Admission::Counted(number));
    }
    assert_eq!(begin(3, at).await, Admission::Locked);
    assert_eq!(begin(5, at).await, Admission::Counted(5));
    assert_eq!(begin(5, at).await, Admission::Locked);
    assert_eq!(begin(6, at).await, Admission::Counted(6));
    assert_eq!(begin(3, at + TimeDelta::minutes(15)).await, Admission::Counted(1));
}
