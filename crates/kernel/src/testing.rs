//! A clock that stands still, ids that count, and an act to start from: what unit tests are made of.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Act, Actor, Clock, Ids, Time};

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
        organization: None,
        address: None,
        agent: None,
        request_id: "test".to_owned(),
        at: NOON,
        idempotency: None,
        ids: Arc::new(SeqIds::default()),
    }
}
