//! A clock that stands still, ids that count, an act to start from and a store that writes units down: what unit tests
//! are made of.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Act, Actor, Change, Clock, CommitError, Fault, Ids, OnceKey, Remembered, Store, Time, UnitOfWork};

/// The moment at which tests happen: 2026-01-15 12:00 UTC.
pub const NOON: Time = match DateTime::<Utc>::from_timestamp(1_768_478_400, 0) {
    Some(time) => time,
    None => DateTime::<Utc>::UNIX_EPOCH,
};

/// A clock that stands still.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub Time);

impl Clock for FixedClock {
    fn now(&self) -> Time {
        self.0
    }
}

/// Ids and secrets that count from one, so that a test can foresee a whole unit of work.
#[derive(Debug, Default)]
pub struct SeqIds(AtomicU64);

impl SeqIds {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl Ids for SeqIds {
    fn uuid(&self, _at: Time) -> Uuid {
        Uuid::from_u128(u128::from(self.next()))
    }

    fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&self.next().to_le_bytes());
        bytes
    }
}

/// The `n`-th id a fresh [`SeqIds`] gives.
#[must_use]
pub fn nth<I: crate::Id>(n: u64) -> I {
    I::from(Uuid::from_u128(u128::from(n)))
}

/// Nobody's act at [`NOON`], with fresh [`SeqIds`].
#[must_use]
pub fn act() -> Act {
    Act {
        actor: Actor::Nobody,
        narrowed: None,
        organization: None,
        address: None,
        agent: None,
        request_id: "test".to_owned(),
        at: NOON,
        idempotency: None,
        ids: Arc::new(SeqIds::default()),
    }
}

/// A store that writes units down instead of carrying them out.
#[derive(Debug)]
pub struct Units<C> {
    tried: Mutex<Vec<UnitOfWork<C>>>,
    failures: Mutex<VecDeque<CommitError>>,
}

impl<C> Default for Units<C> {
    fn default() -> Self {
        Self::failing([])
    }
}

impl<C> Units<C> {
    /// The first commits fail like this; those after them succeed.
    pub fn failing(failures: impl IntoIterator<Item = CommitError>) -> Self {
        Self { tried: Mutex::default(), failures: Mutex::new(failures.into_iter().collect()) }
    }
}

impl<C: Change> Units<C> {
    /// Every unit that somebody tried to commit, in order.
    pub fn all(&self) -> Vec<UnitOfWork<C>> {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The one unit.
    ///
    /// # Panics
    /// Where there is none, or another beside it.
    pub fn only(&self) -> UnitOfWork<C> {
        let mut all = self.all();
        assert_eq!(all.len(), 1, "{all:#?}");
        all.remove(0)
    }
}

#[async_trait]
impl<C: Change> Store<C> for Units<C> {
    async fn commit(&self, unit: UnitOfWork<C>) -> Result<(), CommitError> {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner).push(unit);
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).pop_front().map_or(Ok(()), Err)
    }

    async fn recall(&self, _key: &OnceKey) -> Result<Option<Remembered>, Fault> {
        Ok(None)
    }
}
