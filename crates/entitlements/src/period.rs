use chrono::{Datelike, Months, NaiveTime, TimeDelta};
use kernel::Time;
use serde::{Deserialize, Serialize};

/// How often a quota begins anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// At midnight, UTC.
    Day,
    /// Each month from the subscription's anchor: begun on the 31st, it turns on each month's last day.
    Month,
    /// Never.
    Lifetime,
}

/// A span of time, its end not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// From then on.
    pub start: Time,
    /// Until then; absent where it never ends.
    pub end: Option<Time>,
}

impl Period {
    /// As told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Lifetime => "lifetime",
        }
    }

    /// `None` where it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Day, Self::Month, Self::Lifetime].into_iter().find(|it| it.as_str() == text)
    }

    /// The window the moment `at` falls into. What lies before the anchor falls into the first.
    #[must_use]
    pub fn window(self, anchor: Time, at: Time) -> Window {
        let at = at.max(anchor);
        match self {
            // The same whatever is subscribed to after what: nobody begins a second lifetime.
            Self::Lifetime => Window { start: Time::UNIX_EPOCH, end: None },
            Self::Day => {
                let start = at.date_naive().and_time(NaiveTime::MIN).and_utc();
                Window { start, end: Some(start + TimeDelta::days(1)) }
            }
            Self::Month => {
                let months = |from: Time| from.year() * 12 + from.month0().cast_signed();
                let elapsed = u32::try_from(months(at) - months(anchor)).unwrap_or(0);
                // Counted from the anchor each time, so that February does not shorten March.
                let turn = |n: u32| anchor.checked_add_months(Months::new(n)).unwrap_or(Time::MAX_UTC);
                let n = if turn(elapsed) <= at { elapsed } else { elapsed.saturating_sub(1) };
                Window { start: turn(n), end: Some(turn(n + 1)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Days, NaiveDate, TimeZone, Utc};
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> Time {
        text.parse::<DateTime<Utc>>().unwrap()
    }

    fn month(anchor: &str, at: &str) -> (Time, Time) {
        let window = Period::Month.window(time(anchor), time(at));
        (window.start, window.end.unwrap())
    }

    #[test]
    fn a_month_turns_on_the_anchors_day() {
        let anchor = "2026-01-15T12:00:00Z";
        let second = (time("2026-02-15T12:00:00Z"), time("2026-03-15T12:00:00Z"));
        assert_eq!(month(anchor, "2026-02-15T12:00:00Z"), second);
        assert_eq!(month(anchor, "2026-03-15T11:59:59.999999Z"), second);
        assert_eq!(month(anchor, "2026-02-15T11:59:59.999999Z").1, second.0);
        assert_eq!(month(anchor, "2030-12-31T00:00:00Z").0, time("2030-12-15T12:00:00Z"));
    }

    #[test]
    fn a_short_month_shortens_only_itself() {
        let turns = |anchor: &str, year: i32| {
            let (_, feb) = month(anchor, &format!("{year}-02-01T00:00:00Z"));
            let (start, mar) = month(anchor, &format!("{year}-03-15T00:00:00Z"));
            assert_eq!(start, feb);
            (feb.date_naive(), mar.date_naive(), month(anchor, &format!("{year}-04-15T00:00:00Z")).1.date_naive())
        };
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        assert_eq!(turns("2025-12-31T09:00:00Z", 2026), (day(2026, 2, 28), day(2026, 3, 31), day(2026, 4, 30)));
        assert_eq!(turns("2026-01-31T09:00:00Z", 2028), (day(2028, 2, 29), day(2028, 3, 31), day(2028, 4, 30)));
        assert_eq!(turns("2026-01-29T09:00:00Z", 2027), (day(2027, 2, 28), day(2027, 3, 29), day(2027, 4, 29)));
        assert_eq!(turns("2028-02-29T09:00:00Z", 2029), (day(2029, 2, 28), day(2029, 3, 29), day(2029, 4, 29)));
    }

    #[test]
    fn a_day_turns_at_midnight_and_a_lifetime_never() {
        let anchor = time("2026-01-15T12:00:00Z");
        let at = time("2026-01-20T23:59:59Z");
        let day = Window { start: time("2026-01-20T00:00:00Z"), end: Some(time("2026-01-21T00:00:00Z")) };
        assert_eq!(Period::Day.window(anchor, at), day);
        assert_eq!(Period::Lifetime.window(anchor, at), Window { start: Time::UNIX_EPOCH, end: None });
    }

    #[test]
    fn what_lies_before_the_anchor_is_in_the_first() {
        let anchor = time("2026-01-15T12:00:00Z");
        for period in [Period::Day, Period::Month, Period::Lifetime] {
            assert_eq!(period.window(anchor, anchor - Days::new(400)), period.window(anchor, anchor));
        }
    }

    #[test]
    fn every_day_of_the_month_is_an_anchor_in_leap_years_and_others() {
        for (year, month) in (2023..=2028).flat_map(|year| (1..=12).map(move |month| (year, month))) {
            for day in 1..=31 {
                let Some(anchor) = NaiveDate::from_ymd_opt(year, month, day) else { continue };
                let anchor = Utc.from_utc_datetime(&anchor.and_hms_opt(23, 59, 59).unwrap());
                let mut start = anchor;
                for n in 1..=100i32 {
                    let window = Period::Month.window(anchor, start);
                    let end = window.end.unwrap();
                    let months = year * 12 + month.cast_signed() - 1 + n;
                    let (year, month) = (months / 12, (months % 12).cast_unsigned() + 1);
                    let last = (28..=31).rev().find(|it| NaiveDate::from_ymd_opt(year, month, *it).is_some()).unwrap();
                    let expected = NaiveDate::from_ymd_opt(year, month, day.min(last)).unwrap();
                    assert_eq!(
                        (window.start, end.date_naive(), end.time()),
                        (start, expected, anchor.time()),
                        "{anchor}"
                    );
                    start = end;
                }
            }
        }
    }

    /// Any microsecond of a few decades, on each day of the month alike.
    fn moment() -> impl Strategy<Value = Time> {
        (2000..2060i32, 1..=12u32, 1..=31u32, 0..86_400_000_000i64).prop_map(|(year, month, day, micros)| {
            let last = (28..=31).rev().find_map(|it| NaiveDate::from_ymd_opt(year, month, day.min(it))).unwrap();
            Utc.from_utc_datetime(&last.and_time(NaiveTime::MIN)) + TimeDelta::microseconds(micros)
        })
    }

    proptest! {
        #[test]
        fn a_window_holds_its_moment_and_all_within_agree(anchor in moment(), later in 0..20_000_000_000i64, part in 0.0..1.0f64) {
            let at = anchor + TimeDelta::milliseconds(later);
            for period in [Period::Day, Period::Month] {
                let window = period.window(anchor, at);
                let end = window.end.unwrap();
                prop_assert!(window.start <= at && at < end, "{period:?} {window:?} {at}");
                #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any moment within will do")]
                let inside = window.start + TimeDelta::seconds(((end - window.start).num_seconds() as f64 * part) as i64);
                prop_assert_eq!(period.window(anchor, inside.max(anchor)), window);
            }
        }

        #[test]
        fn windows_follow_each_other_without_gap_or_overlap(anchor in moment()) {
            for (period, count) in [(Period::Day, 60), (Period::Month, 60)] {
                let mut window = period.window(anchor, anchor);
                for _ in 0..count {
                    let end = window.end.unwrap();
                    let next = period.window(anchor, end);
                    prop_assert_eq!(next.start, end);
                    prop_assert_eq!(period.window(anchor, end - TimeDelta::microseconds(1)), window);
                    window = next;
                }
            }
        }

        #[test]
        fn months_turn_once_a_month_at_the_anchors_time(anchor in moment()) {
            let mut at = anchor;
            for n in 1..=60 {
                at = Period::Month.window(anchor, at).end.unwrap();
                prop_assert_eq!(at.time(), anchor.time());
                prop_assert_eq!(at.year() * 12 + at.month0().cast_signed(), anchor.year() * 12 + anchor.month0().cast_signed() + n);
                let is_last = (at + Days::new(1)).month() != at.month();
                prop_assert!(at.day() == anchor.day() || (at.day() < anchor.day() && is_last));
            }
        }
    }
}
