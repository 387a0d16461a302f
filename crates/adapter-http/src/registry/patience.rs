use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::error::{ApiError, Kind};

/// How long an answer may take us, whatever its client takes.
const LONGEST: Duration = Duration::from_secs(5);
/// What is committed at the last moment must be answered in time too.
const MARGIN: Duration = Duration::from_millis(500);
/// When to try again, in seconds.
const PAUSE: i64 = 5;

/// What is left of a request's time.
pub(crate) struct Patience {
    left: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { left: LONGEST }
    }
}

impl Patience {
    /// After which nothing may be committed any more.
    pub fn deadline(&self) -> Instant {
        Instant::now() + self.left.saturating_sub(MARGIN)
    }

    /// Does the work, or gives it up when the time has passed.
    pub async fn spend<T>(&mut self, work: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
        let begun = Instant::now();
        let done = timeout(self.left, work).await;
        self.left = self.left.saturating_sub(begun.elapsed());
        done.unwrap_or_else(|_| {
            tracing::error!("gave up on an answer that took too long");
            Err(ApiError::from(Kind::UNAVAILABLE).retry_after(PAUSE))
        })
    }

    #[cfg(test)]
    pub fn none() -> Self {
        Self { left: Duration::ZERO }
    }
}
