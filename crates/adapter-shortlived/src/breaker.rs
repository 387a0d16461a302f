use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Remembers that something does not answer, so that nobody waits for it.
#[derive(Default)]
pub(crate) struct Breaker(Mutex<Option<Instant>>);

impl Breaker {
    /// How long after a failure, or a look, it is looked again.
    const PAUSE: Duration = Duration::from_secs(1);

    fn next_look(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is worth asking.
    pub fn is_closed(&self) -> bool {
        self.next_look().is_none()
    }

    /// It does not answer. True where that is news.
    pub fn open(&self) -> bool {
        self.next_look().replace(Instant::now() + Self::PAUSE).is_none()
    }

    /// It answers.
    pub fn close(&self) {
        *self.next_look() = None;
    }

    /// Whether it is time to look again: to one of many, who looks.
    pub fn is_to_look(&self) -> bool {
        let mut next = self.next_look();
        let now = Instant::now();
        let due = next.is_some_and(|it| it <= now);
        if due {
            *next = Some(now + Self::PAUSE);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn after_a_pause_one_of_many_looks() {
        let breaker = Breaker::default();
        assert!(breaker.is_closed() && !breaker.is_to_look());
        assert!(breaker.open() && !breaker.open());
        assert!(!breaker.is_closed() && !breaker.is_to_look());
        for _ in 0..2 {
            advance(Breaker::PAUSE).await;
            assert!(breaker.is_to_look() && !breaker.is_to_look() && !breaker.is_closed());
        }
        breaker.close();
        assert!(breaker.is_closed() && breaker.open());
    }
}
