use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use identity::ports::{Sighting, Sightings, Used};
use kernel::{Act, Fault};

/// Gathers when sessions and keys were used, and writes it from time to time: a request writes nothing.
pub struct LastSeen {
    sightings: Arc<dyn Sightings>,
    gathered: Mutex<HashMap<Used, Sighting>>,
}

impl LastSeen {
    /// Nobody yet.
    #[must_use]
    pub fn new(sightings: Arc<dyn Sightings>) -> Self {
        Self { sightings, gathered: Mutex::default() }
    }

    /// This is used now.
    pub(crate) fn note(&self, act: &Act, of: Used) {
        let sighting = Sighting { of, at: act.at, address: act.address };
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner).insert(of, sighting);
    }

    /// Writes what was gathered; a worker calls it, and the end of the server. What can't be written now is kept, unless
    /// something newer was gathered meanwhile.
    pub async fn flush(&self) -> Result<(), Fault> {
        let gathered = std::mem::take(&mut *self.gathered.lock().unwrap_or_else(PoisonError::into_inner));
        if gathered.is_empty() {
            return Ok(());
        }
        let seen: Vec<Sighting> = gathered.into_values().collect();
        self.sightings.keep(seen.clone()).await.inspect_err(|_| {
            let mut newer = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
            for sighting in seen {
                newer.entry(sighting.of).or_insert(sighting);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use identity::ports::MockSightings;
    use kernel::testing::{NOON, act, nth};

    use super::*;

    fn at(second: i64, address: &str) -> Act {
        Act { at: NOON + TimeDelta::seconds(second), address: address.parse().ok(), ..act() }
    }

    /// A session, or a key where its number is even.
    fn used(n: u64) -> Used {
        if n.is_multiple_of(2) { Used::Key(nth(n)) } else { Used::Session(nth(n)) }
    }

    fn seen(n: u64, second: i64, address: &str) -> Sighting {
        let Act { at, address, .. } = at(second, address);
        Sighting { of: used(n), at, address }
    }

    /// Each flush writes these, in whatever order, and ends so.
    fn last_seen(flushes: Vec<(Vec<Sighting>, bool)>) -> LastSeen {
        let mut sightings = MockSightings::new();
        let mut flushes = flushes.into_iter();
        sightings.expect_keep().times(flushes.len()).returning(move |mut given| {
            let (expected, good) = flushes.next().unwrap();
            given.sort_by_key(|it| matches!(it.of, Used::Key(_)));
            assert_eq!(given, expected);
            if good { Ok(()) } else { Err(Fault::Contended) }
        });
        LastSeen::new(Arc::new(sightings))
    }

    #[tokio::test]
    async fn of_each_session_and_key_the_newest_is_written_once() {
        let seen = last_seen(vec![(vec![seen(1, 2, "192.0.2.2"), seen(2, 1, "192.0.2.9")], true)]);
        seen.note(&at(0, "192.0.2.1"), used(1));
        seen.note(&at(1, "192.0.2.9"), used(2));
        seen.note(&at(2, "192.0.2.2"), used(1));
        seen.flush().await.unwrap();
        seen.flush().await.unwrap();
    }

    #[tokio::test]
    async fn where_nobody_was_seen_nothing_is_written() {
        last_seen(vec![]).flush().await.unwrap();
    }

    #[tokio::test]
    async fn what_could_not_be_written_is_kept_for_the_next_time() {
        let (one, two) = (seen(1, 0, "192.0.2.1"), seen(2, 0, "192.0.2.2"));
        let last_seen = last_seen(vec![(vec![one, two], false), (vec![seen(1, 5, "192.0.2.5"), two], true)]);
        last_seen.note(&at(0, "192.0.2.1"), used(1));
        last_seen.note(&at(0, "192.0.2.2"), used(2));
        assert!(last_seen.flush().await.is_err());
        last_seen.note(&at(5, "192.0.2.5"), used(1));
        last_seen.flush().await.unwrap();
    }

    /// Sees session 1 anew while it is written, and fails.
    struct Meanwhile(std::sync::Mutex<Vec<Vec<Sighting>>>, std::sync::OnceLock<std::sync::Weak<LastSeen>>);

    #[async_trait::async_trait]
    impl Sightings for Meanwhile {
        async fn keep(&self, seen: Vec<Sighting>) -> Result<(), Fault> {
            self.0.lock().unwrap().push(seen);
            if self.0.lock().unwrap().len() > 1 {
                return Ok(());
            }
            self.1.get().unwrap().upgrade().unwrap().note(&at(5, "192.0.2.5"), used(1));
            Err(Fault::Contended)
        }
    }

    #[tokio::test]
    async fn what_was_seen_meanwhile_is_newer_than_what_could_not_be_written() {
        let sightings = Arc::new(Meanwhile(std::sync::Mutex::default(), std::sync::OnceLock::new()));
        let last_seen = Arc::new(LastSeen::new(Arc::<Meanwhile>::clone(&sightings)));
        assert!(sightings.1.set(Arc::downgrade(&last_seen)).is_ok());
        last_seen.note(&at(0, "192.0.2.1"), used(1));
        assert!(last_seen.flush().await.is_err());
        last_seen.flush().await.unwrap();
        let written = sightings.0.lock().unwrap().clone();
        assert_eq!(written, [vec![seen(1, 0, "192.0.2.1")], vec![seen(1, 5, "192.0.2.5")]]);
    }
}
