use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use kernel::{Clock, Fault, Time};

const EVERY: TimeDelta = TimeDelta::hours(1);

/// Something to be done once at the start and then every hour.
#[derive(Clone)]
pub struct Hourly {
    clock: Arc<dyn Clock>,
    last: Arc<Mutex<Option<Time>>>,
}

impl Hourly {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, last: Arc::default() }
    }

    /// Does it where it is due; what fails is due again.
    pub async fn run(&self, work: impl AsyncFnOnce(Time) -> Result<(), Fault>) -> Result<bool, Fault> {
        let now = self.clock.now();
        let is_due = self.last.lock().unwrap_or_else(PoisonError::into_inner).is_none_or(|last| now - last >= EVERY);
        if is_due {
            work(now).await?;
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        }
        Ok(false)
    }
}
