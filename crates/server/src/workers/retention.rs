use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use kernel::{Clock, Fault, Retention, Time};

const EVERY: TimeDelta = TimeDelta::hours(1);

/// Forgets what has served its purpose: once at the start, then every hour from `last` on.
pub async fn retention(
    retention: Arc<dyn Retention>,
    clock: Arc<dyn Clock>,
    last: Arc<Mutex<Option<Time>>>,
) -> Result<bool, Fault> {
    let now = clock.now();
    let is_due = last.lock().unwrap_or_else(PoisonError::into_inner).is_none_or(|last| now - last >= EVERY);
    if is_due {
        retention.forget(now).await?;
        *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }
    Ok(false)
}
