use chrono::TimeDelta;
use kernel::Time;

/// The pauses after the first nine failures; with the first try they make ten tries over three days.
const PAUSES: [TimeDelta; 9] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(1),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(6),
    TimeDelta::hours(12),
    TimeDelta::hours(24),
    TimeDelta::hours(27),
];

/// When to try again after the `tries`-th try failed at `at`; `None` when that was the last. `jitter` (0 to 255) spreads
/// what failed together over a tenth of the pause.
#[must_use]
pub fn retry_at(tries: u32, at: Time, jitter: u8) -> Option<Time> {
    let pause = PAUSES.get(usize::try_from(tries).ok()?.checked_sub(1)?)?;
    Some(at + *pause + *pause * i32::from(jitter) / 2_550)
}

#[cfg(test)]
mod tests {
    use kernel::testing::NOON;

    use super::*;

    #[test]
    fn ten_tries_over_three_days() {
        let mut at = NOON;
        let mut tries = 1;
        while let Some(next) = retry_at(tries, at, 0) {
            assert!(next > at);
            at = next;
            tries += 1;
        }
        assert_eq!(tries, 10);
        assert!((at - NOON - TimeDelta::days(3)).abs() < TimeDelta::hours(1));
    }

    #[test]
    fn jitter_adds_up_to_a_tenth() {
        assert_eq!(retry_at(2, NOON, 255), Some(NOON + TimeDelta::seconds(66)));
    }
}
