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

    /// The window the moment `at` falls into. What lies before the anchor falls into the first.
    #[must_use]
    pub fn window(self, anchor: Time, at: Time) -> Window {
        let at = at.max(anchor);
        match self {
            Self::Lifetime => Window { start: anchor, end: None },
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
