use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use identity::ports::MockKeys;
use identity::{KeyOwner, Scopes};
use kernel::testing::nth;
use kernel::{Page, PageRequest, Time};
use tokio::sync::Semaphore;

use super::*;
use crate::testing::{self, JOHN, keys_there};

fn key(n: u64) -> Key {
    testing::key(n, KeyOwner::User(nth(JOHN)), Scopes::Only(vec![])).0
}

/// Answers with this, and is asked so often.
fn asked(times: usize, found: Option<Key>) -> KeyCache {
    let mut keys = MockKeys::new();
    keys.expect_by_hash().times(times).returning(move |_| Ok(found.clone()));
    testing::keys(keys)
}

async fn get(cache: &KeyCache, n: u64) -> Option<u64> {
    let found = cache.get(&key(n).hash).await.unwrap();
    found.map(|it| (0..20).find(|n| it.id == nth(*n)).unwrap())
}

#[tokio::test]
async fn what_is_there_is_asked_for_once_and_what_is_not_each_time() {
    let cache = asked(1, Some(key(1)));
    assert_eq!((get(&cache, 1).await, get(&cache, 1).await), (Some(1), Some(1)));
    let cache = asked(2, None);
    assert_eq!((get(&cache, 1).await, get(&cache, 1).await), (None, None));
}

#[tokio::test]
async fn who_wants_to_be_certain_asks_each_time() {
    let cache = asked(3, Some(key(1)));
    assert_eq!(get(&cache, 1).await, Some(1));
    for _ in 0..2 {
        assert!(cache.certain(&key(1).hash).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn what_is_heard_of_is_forgotten_and_nothing_else_is() {
    type Heard = fn(&KeyCache);
    for (heard, asked_again) in [
        ((|it| it.forget(nth(1))) as Heard, 1),
        (|it| it.forget(nth(9)), 0),
        (|it| it.forget_of(nth(JOHN)), 2),
        (|it| it.forget_of(nth(99)), 0),
        (KeyCache::forget_all, 2),
    ] {
        let mut keys = MockKeys::new();
        keys.expect_by_hash()
            .times(2 + asked_again)
            .returning(|hash| Ok([key(1), key(2)].into_iter().find(|it| it.hash == *hash)));
        let cache = testing::keys(keys);
        for round in 0..2 {
            assert_eq!((get(&cache, 1).await, get(&cache, 2).await), (Some(1), Some(2)));
            if round == 0 {
                heard(&cache);
            }
        }
    }
}

#[tokio::test]
async fn a_rotated_key_is_forgotten_under_both_its_texts() {
    let rotated = Key { previous: Some((key(2).hash, kernel::testing::NOON)), ..key(1) };
    let cache = testing::keys(keys_there(vec![rotated]));
    assert_eq!((get(&cache, 1).await, get(&cache, 2).await), (Some(1), Some(1)));
    assert_eq!(cache.held().by_hash.len(), 2);
    cache.forget(nth(1));
    assert_eq!(cache.held().by_hash.len(), 0);
}

#[tokio::test]
async fn there_are_only_so_many_at_a_time() {
    let cache = testing::keys(keys_there((1..10).map(key).collect()));
    for n in 1..10 {
        assert_eq!(get(&cache, n).await, Some(n));
        assert!(cache.held().by_hash.len() <= 2 && cache.held().by_hash.contains_key(&key(n).hash));
    }
}

#[tokio::test]
async fn of_so_many_that_were_in_use_it_is_known_whose_they_were() {
    let cache = testing::keys(keys_there((1..10).map(key).collect()));
    for n in 1..10 {
        get(&cache, n).await;
        cache.forget(nth(n));
        assert_eq!(cache.former(&key(n).hash).map(|it| it.id), Some(nth(n)));
        assert!(cache.held().former.len() <= 2);
    }
    get(&cache, 9).await;
    assert_eq!(cache.former(&key(9).hash), None, "it was not gone");
    assert_eq!(cache.former(&key(10).hash), None, "it was never there");
}

/// Reads slowly: what it answers is of when it was asked.
#[derive(Default)]
struct Slow {
    asked: AtomicUsize,
    gone: std::sync::atomic::AtomicBool,
    begun: Option<Semaphore>,
    may_end: Option<Semaphore>,
}

#[async_trait]
impl Keys for Slow {
    async fn by_hash(&self, _: &TokenHash) -> Result<Option<Key>, Fault> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let found = (!self.gone.load(Ordering::SeqCst)).then(|| key(1));
        self.begun.as_ref().unwrap().add_permits(1);
        self.may_end.as_ref().unwrap().acquire().await.unwrap().forget();
        Ok(found)
    }

    async fn by_id(&self, _: KeyId) -> Result<Option<Key>, Fault> {
        unreachable!()
    }

    async fn of(&self, _: KeyOwner, _: PageRequest) -> Result<Page<(Key, Option<Time>)>, Fault> {
        unreachable!()
    }
}

#[tokio::test]
async fn a_revocation_heard_while_reading_is_not_overwritten_by_what_was_before_it() {
    let slow = Arc::new(Slow { begun: Some(Semaphore::new(0)), may_end: Some(Semaphore::new(0)), ..Slow::default() });
    let cache = KeyCache::new(Arc::<Slow>::clone(&slow), KeyPrefixes::default(), 2);
    let revocation = async {
        slow.begun.as_ref().unwrap().acquire().await.unwrap().forget();
        slow.gone.store(true, Ordering::SeqCst);
        cache.forget(nth(1));
        slow.may_end.as_ref().unwrap().add_permits(2);
    };
    let (before, ()) = tokio::join!(get(&cache, 1), revocation);
    assert_eq!(before, Some(1), "it was asked for before");
    assert_eq!(get(&cache, 1).await, None);
    assert_eq!(slow.asked.load(Ordering::SeqCst), 2);
}
