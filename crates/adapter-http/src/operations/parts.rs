use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use futures::future::join_all;
use kernel::{Clock, Fault, Time};
use tokio::sync::Mutex;

use crate::error::chain;

/// A part that must answer for the installation to be ready.
#[async_trait]
pub trait Part: Send + Sync {
    /// What `/readyz` calls it.
    fn name(&self) -> &'static str;

    /// Whether nothing works without it.
    fn is_needed(&self) -> bool {
        true
    }

    /// Answers at all.
    async fn check(&self) -> Result<(), Fault>;
}

/// The parts, and how they were found last. Everybody may ask, and as often as they like: the parts are asked once a second
/// at most.
#[derive(Default)]
pub struct Parts {
    parts: Vec<Arc<dyn Part>>,
    last: Mutex<Option<Arc<Look>>>,
}

/// What was found.
pub(crate) struct Look {
    /// When the last of them had answered.
    pub at: Time,
    pub parts: Vec<Asked>,
}

/// How a part was found.
pub(crate) struct Asked {
    pub name: &'static str,
    /// Whether nothing works without it.
    pub needed: bool,
    pub answers: bool,
}

impl Parts {
    /// A part that takes longer does not answer.
    const PATIENCE: Duration = Duration::from_secs(2);
    const FRESH: TimeDelta = TimeDelta::seconds(1);

    /// These, of which none has been asked.
    #[must_use]
    pub fn new(parts: Vec<Arc<dyn Part>>) -> Self {
        Self { parts, last: Mutex::default() }
    }

    /// Who comes while the parts are asked waits for what they say.
    pub(crate) async fn look(&self, clock: &dyn Clock) -> Arc<Look> {
        let mut last = self.last.lock().await;
        let age = |look: &Look| clock.now() - look.at;
        // A clock that was set back makes nothing fresh.
        if let Some(look) = last.as_ref().filter(|look| (TimeDelta::zero()..Self::FRESH).contains(&age(look))) {
            return Arc::clone(look);
        }
        let parts = join_all(self.parts.iter().map(|part| Self::ask(part.as_ref()))).await;
        Arc::clone(last.insert(Arc::new(Look { at: clock.now(), parts })))
    }

    /// Why it does not answer goes to the log.
    async fn ask(part: &dyn Part) -> Asked {
        let answer = tokio::time::timeout(Self::PATIENCE, part.check()).await;
        let silence = answer.unwrap_or_else(|late| Err(Fault::Unavailable(late.into()))).err();
        if let Some(fault) = &silence {
            tracing::warn!(part = part.name(), fault = %chain(fault), "not ready");
        }
        Asked { name: part.name(), needed: part.is_needed(), answers: silence.is_none() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use kernel::testing::{FixedClock, NOON};
    use tokio::task::yield_now;

    use super::*;

    #[derive(Default)]
    struct Counted(AtomicUsize);

    #[async_trait]
    impl Part for Counted {
        fn name(&self) -> &'static str {
            "counted"
        }

        async fn check(&self) -> Result<(), Fault> {
            // The others come while this one is being asked.
            yield_now().await;
            let asked = self.0.fetch_add(1, Ordering::Relaxed);
            if asked == 0 { Ok(()) } else { Err(Fault::Unavailable("no more".into())) }
        }
    }

    #[tokio::test]
    async fn a_part_is_asked_once_a_second_however_many_ask() {
        let counted = Arc::new(Counted::default());
        let parts = Parts::new(vec![counted.clone()]);
        let after = |milliseconds| FixedClock(NOON + TimeDelta::milliseconds(milliseconds));
        for (milliseconds, asked, answers) in [(0, 1, true), (999, 1, true), (1_000, 2, false), (0, 3, false)] {
            let clock = after(milliseconds);
            let looks = join_all((0..100).map(|_| parts.look(&clock))).await;
            assert_eq!(counted.0.load(Ordering::Relaxed), asked, "at {milliseconds}");
            assert!(looks.iter().all(|look| look.parts[0].answers == answers), "at {milliseconds}");
        }
    }
}
