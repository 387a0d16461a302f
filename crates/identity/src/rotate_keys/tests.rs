use kernel::testing::{NOON, Units, act, nth};
use kernel::{CommitError, Outcome, Scope, Taken};

use super::*;
use crate::ports::MockSigningKeys;

fn key(n: u64, algorithm: Algorithm) -> SigningKey {
    SigningKey {
        id: nth(n),
        algorithm,
        secret: Some(kernel::Secret::new("secret")),
        created_at: NOON - TimeDelta::days(n.cast_signed()),
        signs_from: NOON - TimeDelta::days(n.cast_signed()),
        retires_at: None,
        version: 1,
    }
}

fn hs(n: u64) -> SigningKey {
    key(n, Algorithm::Hs256)
}

/// The keys that count, read one after the other; the last stay. HS256 is configured.
fn rotating(store: &Arc<Units<Change>>, mut states: Vec<Vec<SigningKey>>) -> RotateKeys {
    let mut keys = MockSigningKeys::new();
    keys.expect_counting()
        .withf(|at| *at == NOON)
        .returning(move |_| Ok(if states.len() > 1 { states.remove(0) } else { states[0].clone() }));
    RotateKeys { store: Arc::<Units<Change>>::clone(store), keys: Arc::new(keys), algorithm: Algorithm::Hs256 }
}

fn added(unit: &UnitOfWork<Change>) -> &SigningKey {
    let Some(Change::SigningKey(Write::Add(key))) = unit.changes.last() else { panic!("{unit:?}") };
    key
}

/// When each key before retires, by its id.
fn retired(unit: &UnitOfWork<Change>) -> Vec<(kernel::SigningKeyId, Option<kernel::Time>)> {
    let saves = unit.changes.iter().filter_map(|it| match it {
        Change::SigningKey(Write::Save { expected, next }) => {
            assert_eq!(*next, SigningKey { retires_at: next.retires_at, ..expected.clone() });
            Some((next.id, next.retires_at))
        }
        _ => None,
    });
    saves.collect()
}

#[tokio::test]
async fn a_first_key_signs_at_once() {
    let store = Arc::default();
    rotating(&store, vec![vec![]]).ensure(&act()).await.unwrap();
    let unit = store.only();
    let key = added(&unit);
    assert_eq!((unit.changes.len(), key.algorithm, key.version), (1, Algorithm::Hs256, 0));
    assert_eq!((key.created_at, key.signs_from, key.retires_at), (NOON, NOON, None));
    let secret = key.secret.as_ref().unwrap().expose();
    assert_eq!(secret.len(), 43, "32 bytes");
    let [entry] = unit.evidence.audit.as_slice() else { panic!("{unit:?}") };
    assert_eq!((entry.action, entry.outcome, entry.scope), ("signing_key.created", Outcome::Done, Scope::Installation));
    assert_eq!(entry.target.id, key.id.to_string());
    assert!(!format!("{entry:?}").contains(secret));
}

#[tokio::test]
async fn a_key_without_an_end_is_enough() {
    let store = Arc::default();
    rotating(&store, vec![vec![hs(1)]]).ensure(&act()).await.unwrap();
    assert_eq!(store.all(), []);
}

#[tokio::test]
async fn where_it_does_not_open_nothing_is_made_in_its_place_unasked() {
    let store = Arc::default();
    let sealed = SigningKey { secret: None, ..hs(1) };
    let refused = rotating(&store, vec![vec![sealed]]).ensure(&act()).await;
    assert!(matches!(refused, Err(Error::SigningKeySealed)));
    assert_eq!(store.all(), []);
}

#[tokio::test]
async fn one_that_does_not_open_goes_at_once_or_not_at_all() {
    let sealed = SigningKey { secret: None, ..hs(1) };
    let store = Arc::default();
    let after = Retire::After(TimeDelta::hours(1));
    let refused = rotating(&store, vec![vec![sealed.clone()]]).run(&act(), after).await;
    assert!(matches!(refused, Err(Error::SigningKeySealed)));
    assert_eq!(store.all(), []);
    let made = SigningKey { created_at: NOON, ..hs(2) };
    rotating(&store, vec![vec![sealed], vec![made]]).run(&act(), Retire::AtOnce).await.unwrap();
    assert_eq!(retired(&store.only()), [(nth(1), Some(NOON))]);
}

#[tokio::test]
async fn one_that_retires_or_is_for_another_algorithm_is_not() {
    let retiring = SigningKey { retires_at: Some(NOON + TimeDelta::hours(1)), ..hs(1) };
    for other in [retiring, key(1, Algorithm::EdDsa)] {
        let store = Arc::default();
        rotating(&store, vec![vec![other]]).ensure(&act()).await.unwrap();
        assert_eq!(store.only().changes.len(), 1, "and the others are left alone");
    }
}

#[tokio::test]
async fn of_nodes_that_start_at_once_one_makes_the_key() {
    let taken = || CommitError::Taken(Taken("signing_key"));
    let store = Arc::new(Units::failing([taken()]));
    assert!(rotating(&store, vec![vec![]]).ensure(&act()).await.is_ok());
    let broken = Arc::new(Units::failing([CommitError::Fault(kernel::Fault::Contended)]));
    assert!(rotating(&broken, vec![vec![]]).ensure(&act()).await.is_err());
}

#[tokio::test]
async fn a_new_key_is_known_before_it_signs_and_what_was_signed_before_counts_on() {
    let (store, overlap) = (Arc::default(), TimeDelta::hours(24));
    let soon = NOON + TimeDelta::minutes(1);
    let before = vec![SigningKey { retires_at: Some(soon), ..hs(3) }, key(2, Algorithm::EdDsa), hs(1)];
    let newest = hs(9);
    let after = [before.clone(), vec![newest.clone()]].concat();
    let made = rotating(&store, vec![before, after]).run(&act(), Retire::After(overlap)).await.unwrap();
    assert_eq!(made, newest);
    let unit = store.only();
    let until = NOON + RotateKeys::NOTICE + overlap;
    assert_eq!(retired(&unit), [(nth(3), Some(soon)), (nth(2), Some(until)), (nth(1), Some(until))]);
    assert_eq!((added(&unit).signs_from, added(&unit).retires_at), (NOON + RotateKeys::NOTICE, None));
    assert_eq!(unit.changes.len(), 4, "those before go before the new one comes");
}

#[tokio::test]
async fn after_a_theft_nothing_signed_before_counts() {
    let store = Arc::default();
    let before = vec![SigningKey { retires_at: Some(NOON + TimeDelta::hours(1)), ..hs(2) }, hs(1)];
    rotating(&store, vec![before, vec![hs(9)]]).run(&act(), Retire::AtOnce).await.unwrap();
    let unit = store.only();
    assert_eq!(retired(&unit), [(nth(2), Some(NOON)), (nth(1), Some(NOON))]);
    assert_eq!(added(&unit).signs_from, NOON);
    let counts = unit.changes.iter().filter(|it| matches!(it, Change::SigningKey(it) if it.subject().counts(NOON)));
    assert_eq!(counts.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn of_two_rotations_at_once_the_later_retires_the_earliers_key() {
    let store = Arc::new(Units::failing([CommitError::Stale]));
    let retire = Retire::After(TimeDelta::hours(1));
    let rotating = rotating(&store, vec![vec![hs(1)], vec![hs(2)], vec![hs(9)]]);
    rotating.run(&act(), retire).await.unwrap();
    let [_, unit] = store.all().try_into().unwrap();
    assert_eq!(retired(&unit).len(), 1);
    assert_eq!(retired(&unit)[0].0, nth(2));
}

#[tokio::test]
async fn a_key_that_was_made_and_is_not_there_is_a_defect() {
    let store = Arc::default();
    let outcome = rotating(&store, vec![vec![], vec![key(2, Algorithm::EdDsa)]]).run(&act(), Retire::AtOnce).await;
    assert!(matches!(outcome, Err(Error::Fault(_))));
}
