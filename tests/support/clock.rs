use std::sync::atomic::{AtomicI64, Ordering};

use adapter_crypto::SystemClock;
use chrono::TimeDelta;
use kernel::{Clock, Time};

/// The real clock, which a test can move on.
#[derive(Default)]
pub struct MovableClock(AtomicI64);

impl MovableClock {
    pub fn advance(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
    }
}

impl Clock for MovableClock {
    fn now(&self) -> Time {
        SystemClock.now() + TimeDelta::milliseconds(self.0.load(Ordering::SeqCst))
    }
}
