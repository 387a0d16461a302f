use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use kernel::{Clock, Ephemeral, Fault, Secret, Time, TokenHash};

/// Keeps values in the process: for one node.
pub struct MemoryEphemeral {
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

/// Keys are hashed, so that none is longer than another.
#[derive(Default)]
struct Kept {
    values: HashMap<TokenHash, (Secret, Time)>,
    ends: BTreeSet<(Time, TokenHash)>,
}

impl MemoryEphemeral {
    /// Some hundred megabytes, where everything that is kept is as long as a passkey's challenge.
    const ROOM: usize = 100_000;

    /// Keeps nothing yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, kept: Mutex::default() }
    }

    /// What has not expired by now.
    fn living(&self) -> (MutexGuard<'_, Kept>, Time) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        while let Some((end, key)) = kept.ends.first().copied()
            && end <= now
        {
            kept.remove(key);
        }
        (kept, now)
    }
}

impl Kept {
    fn remove(&mut self, key: TokenHash) -> Option<Secret> {
        let (value, end) = self.values.remove(&key)?;
        self.ends.remove(&(end, key));
        Some(value)
    }
}

#[async_trait]
impl Ephemeral for MemoryEphemeral {
    async fn put(&self, key: &str, value: &Secret, lifetime: Duration) -> Result<(), Fault> {
        let key = TokenHash::of(key);
        let (mut kept, now) = self.living();
        kept.remove(key);
        if kept.values.len() >= Self::ROOM
            && let Some((end, _)) = kept.ends.first()
        {
            return Err(Fault::Overloaded((*end - now).to_std().unwrap_or_default()));
        }
        let end = TimeDelta::from_std(lifetime).ok().and_then(|it| now.checked_add_signed(it));
        let end = end.unwrap_or(Time::MAX_UTC);
        kept.values.insert(key, (value.clone(), end));
        kept.ends.insert((end, key));
        Ok(())
    }

    async fn take(&self, key: &str) -> Result<Option<Secret>, Fault> {
        Ok(self.living().0.remove(TokenHash::of(key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand::Hand;

    fn memory() -> (MemoryEphemeral, Arc<Hand>) {
        let hand = Arc::new(Hand::default());
        (MemoryEphemeral::new(hand.clone()), hand)
    }

    fn value(text: &str) -> Secret {
        Secret::new(text)
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn a_value_is_there_until_the_very_microsecond() {
        let (memory, hand) = memory();
        for (waited, found) in [(999_999, true), (1_000_000, false), (1_000_001, false)] {
            hand.stand_at(TimeDelta::microseconds(0));
            memory.put("key", &value("a"), SECOND).await.unwrap();
            hand.stand_at(TimeDelta::microseconds(waited));
            assert_eq!(memory.take("key").await.unwrap().is_some(), found, "{waited}");
        }
    }

    #[tokio::test]
    async fn another_value_brings_its_own_lifetime() {
        let (memory, hand) = memory();
        for (first, second) in [(1, 3), (3, 1)] {
            hand.stand_at(TimeDelta::microseconds(0));
            memory.put("key", &value("first"), SECOND * first).await.unwrap();
            memory.put("key", &value("second"), SECOND * second).await.unwrap();
            hand.stand_at(TimeDelta::microseconds(2_000_000));
            assert_eq!(memory.take("key").await.unwrap(), (second == 3).then(|| value("second")));
        }
    }

    #[tokio::test]
    async fn a_full_house_says_when_there_is_room_and_refuses_no_second_value() {
        let (memory, hand) = memory();
        for n in 0..MemoryEphemeral::ROOM {
            let lifetime = if n == 7 { SECOND } else { SECOND * 60 };
            memory.put(&n.to_string(), &value("a"), lifetime).await.unwrap();
        }
        hand.stand_at(TimeDelta::microseconds(400_000));
        let Err(Fault::Overloaded(wait)) = memory.put("one more", &value("b"), SECOND).await else {
            panic!("there is no room")
        };
        assert_eq!(wait, Duration::from_millis(600));
        memory.put("8", &value("b"), SECOND * 60).await.unwrap();
        hand.stand_at(TimeDelta::microseconds(1_000_000));
        memory.put("one more", &value("b"), SECOND).await.unwrap();
        assert!(matches!(memory.put("and another", &value("b"), SECOND).await, Err(Fault::Overloaded(_))));
    }

    #[tokio::test]
    async fn what_has_expired_does_not_stay_in_memory() {
        let (memory, hand) = memory();
        for n in 0..10 {
            memory.put(&n.to_string(), &value("a"), SECOND).await.unwrap();
        }
        hand.stand_at(TimeDelta::microseconds(1_000_000));
        assert_eq!(memory.take("unknown").await.unwrap(), None);
        let kept = memory.kept.lock().unwrap();
        assert_eq!((kept.values.len(), kept.ends.len()), (0, 0));
    }

    #[tokio::test]
    async fn a_lifetime_without_end_is_no_accident() {
        let (memory, _) = memory();
        memory.put("key", &value("a"), Duration::MAX).await.unwrap();
        assert_eq!(memory.take("key").await.unwrap(), Some(value("a")));
    }
}
