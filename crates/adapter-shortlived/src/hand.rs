//! A clock for tests, which stands at noon until it is moved.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use kernel::testing::NOON;
use kernel::{Clock, Time};

/// Microseconds after noon.
#[derive(Default)]
pub(crate) struct Hand(AtomicI64);

impl Hand {
    pub(crate) fn stand_at(&self, after_noon: TimeDelta) {
        self.0.store(after_noon.num_microseconds().unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Time {
        NOON + TimeDelta::microseconds(self.0.load(Ordering::SeqCst))
    }
}
