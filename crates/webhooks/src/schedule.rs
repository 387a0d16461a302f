use chrono::{DateTime, TimeDelta, Utc};
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

/// The longest a receiver may put a try off.
const LONGEST: TimeDelta = TimeDelta::hours(24);

/// No two tries of a delivery are further apart than this. An endpoint that was not tried for longer had nothing to take.
pub const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(30);

/// It was tried for all this time, and not one try was taken: nobody is there any more.
const FAILING: TimeDelta = TimeDelta::days(5);

/// When to try again after the `tries`-th try failed at `at`; `None` when that was the last. `jitter` (0 to 255) spreads
/// what failed together over a tenth of the pause. `retry_after` is what the receiver said, a number of seconds or a date
/// (RFC 9110, section 10.2.3): it puts a try off, by a day at most, and never brings it forward.
#[must_use]
pub fn retry_at(tries: u32, at: Time, jitter: u8, retry_after: Option<&str>) -> Option<Time> {
    let pause = PAUSES.get(usize::try_from(tries).ok()?.checked_sub(1)?)?;
    let planned = at + *pause + *pause * i32::from(jitter) / 2_550;
    let asked = retry_after.and_then(|it| asked(it, at)).map(|it| it.min(at + LONGEST));
    Some(asked.map_or(planned, |it| it.max(planned)))
}

fn asked(retry_after: &str, at: Time) -> Option<Time> {
    let seconds = |it: u32| at + TimeDelta::seconds(it.into());
    let date = || DateTime::parse_from_rfc2822(retry_after).ok().map(|it| it.with_timezone(&Utc));
    retry_after.parse().map(seconds).ok().or_else(date)
}

/// Whether an endpoint that has been failing `since` is given up at `at`.
pub(crate) fn is_given_up(since: Time, at: Time) -> bool {
    at - since >= FAILING
}

#[cfg(test)]
mod tests {
    use kernel::testing::NOON;

    use super::*;

    #[test]
    fn ten_tries_over_three_days() {
        let mut at = NOON;
        let mut tries = 1;
        while let Some(next) = retry_at(tries, at, 0, None) {
            assert!(next > at);
            at = next;
            tries += 1;
        }
        assert_eq!(tries, 10);
        assert!((at - NOON - TimeDelta::days(3)).abs() < TimeDelta::hours(1));
    }

    #[test]
    fn jitter_adds_up_to_a_tenth() {
        assert_eq!(retry_at(2, NOON, 255, None), Some(NOON + TimeDelta::seconds(66)));
    }

    #[test]
    fn a_receiver_may_put_a_try_off_and_not_bring_it_forward() {
        let after = |text| retry_at(2, NOON, 0, Some(text)).map(|it| it - NOON);
        for (text, pause) in [
            ("120", TimeDelta::minutes(2)),
            ("0", TimeDelta::minutes(1)),
            ("59", TimeDelta::minutes(1)),
            ("Thu, 15 Jan 2026 12:05:00 GMT", TimeDelta::minutes(5)),
            ("Thu, 15 Jan 2026 11:05:00 GMT", TimeDelta::minutes(1)),
            ("Thu, 15 Jan 2099 12:05:00 GMT", TimeDelta::hours(24)),
            ("86400", TimeDelta::hours(24)),
            ("4294967295", TimeDelta::hours(24)),
            ("4294967296", TimeDelta::minutes(1)),
            ("-5", TimeDelta::minutes(1)),
            ("soon", TimeDelta::minutes(1)),
            ("", TimeDelta::minutes(1)),
        ] {
            assert_eq!(after(text), Some(pause), "{text}");
        }
        assert_eq!(retry_at(10, NOON, 0, Some("60")), None, "the tenth try is the last");
    }

    #[test]
    fn no_pause_is_longer_than_the_longest() {
        for tries in 1..=9 {
            for asked in [None, Some("4294967295")] {
                assert!(retry_at(tries, NOON, 255, asked).unwrap() - NOON < LONGEST_PAUSE, "{tries}");
            }
        }
    }

    #[test]
    fn five_days_are_enough() {
        assert!(!is_given_up(NOON, NOON + TimeDelta::days(5) - TimeDelta::seconds(1)));
        assert!(is_given_up(NOON, NOON + TimeDelta::days(5)));
    }
}
