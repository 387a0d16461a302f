use std::sync::atomic::{AtomicU16, Ordering};

use kernel::{Ids, Time};
use rand::Rng;
use uuid::{Builder, Uuid};

/// Ids that sort by time, and secrets nobody can foresee.
#[derive(Debug, Default)]
pub struct RandomIds {
    /// Puts ids of one moment in the order in which they were asked for.
    turn: AtomicU16,
}

impl Ids for RandomIds {
    /// After the milliseconds come the fraction of a millisecond (RFC 9562, section 6.2, method 3), a counter that may
    /// wrap, and 46 random bits.
    fn uuid(&self, at: Time) -> Uuid {
        let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
        let fraction = at.timestamp_subsec_nanos() % 1_000_000 * 4_096 / 1_000_000;
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let [_, _, f0, f1] = fraction.to_be_bytes();
        let [t0, t1] = turn.to_be_bytes();
        let [r0, r1, r2, r3, r4, r5] = random();
        // The variant takes the first two bits after the fraction.
        let rest = [f0, f1, t0 >> 2, t0 << 6 | t1 >> 2, t1 << 6 | r0 & 0x3f, r1, r2, r3, r4, r5];
        Builder::from_unix_timestamp_millis(millis, &rest).into_uuid()
    }

    fn bytes(&self) -> [u8; 32] {
        random()
    }
}

/// From a generator that is cryptographically secure, seeded and reseeded by the operating system.
#[expect(clippy::disallowed_methods, reason = "the one place where randomness comes in")]
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chrono::{TimeDelta, Timelike};
    use kernel::Ids;
    use kernel::testing::NOON;
    use uuid::Variant;

    use super::RandomIds;

    #[test]
    fn an_id_is_a_uuid_v7_of_the_given_time() {
        let at = NOON + TimeDelta::microseconds(123_456);
        let id = RandomIds::default().uuid(at);
        assert_eq!((id.get_version_num(), id.get_variant()), (7, Variant::RFC4122));
        let (seconds, nanos) = id.get_timestamp().unwrap().to_unix();
        assert_eq!(i64::try_from(seconds).unwrap(), at.timestamp());
        assert_eq!(nanos / 1_000_000, at.nanosecond() / 1_000_000);
    }

    #[test]
    fn ids_sort_by_time_then_by_turn() {
        let ids = RandomIds::default();
        let times = [0, 0, 0, 1, 2, 999, 1_000, 1_000, 1_001, 2_000_000].map(|it| NOON + TimeDelta::microseconds(it));
        let made = times.map(|at| ids.uuid(at));
        let mut sorted = made;
        sorted.sort_unstable();
        assert_eq!(made, sorted);
    }

    #[test]
    fn nothing_comes_twice() {
        let ids = RandomIds::default();
        // More than the counter can tell apart.
        let made: HashSet<_> = (0..70_000).map(|_| ids.uuid(NOON)).collect();
        assert_eq!(made.len(), 70_000);
        let secrets: HashSet<_> = (0..1_000).map(|_| ids.bytes()).collect();
        assert_eq!(secrets.len(), 1_000);
    }
}
