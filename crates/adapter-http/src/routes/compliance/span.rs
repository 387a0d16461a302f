use audit::Filter;
use chrono::TimeDelta;
use kernel::{Problems, Time};
use serde::Deserialize;
use utoipa::ToSchema;

use super::sheet::Format;
use crate::routes::times::time;

/// What is reported on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Span {
    /// At or after; RFC 3339. Without it thirty days before `to`.
    #[schema(format = DateTime)]
    from: Option<String>,
    /// Before; RFC 3339. Without it now; at most 366 days after `from`.
    #[schema(format = DateTime)]
    to: Option<String>,
    pub format: Option<Format>,
}

/// From a moment up to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moments {
    pub from: Time,
    pub to: Time,
}

impl Span {
    const USUAL: TimeDelta = TimeDelta::days(30);
    const LONGEST: TimeDelta = TimeDelta::days(366);

    pub fn read(&self, now: Time) -> Result<Moments, Problems> {
        let mut problems = Problems::default();
        let from = time(&mut problems, "from", self.from.as_deref());
        let to = time(&mut problems, "to", self.to.as_deref());
        if !problems.is_empty() {
            return Err(problems);
        }
        let to = to.unwrap_or(now);
        let from = from.unwrap_or(to - Self::USUAL);
        if from >= to || to - from > Self::LONGEST {
            return Err(Problems::one("to", "The to field must be after from, and at most 366 days."));
        }
        Ok(Moments { from, to })
    }
}

impl Moments {
    /// As an export is written down.
    pub fn filter(self) -> Filter {
        Filter { from: Some(self.from), to: Some(self.to), ..Filter::default() }
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::NOON;

    use super::*;

    fn read(from: Option<&str>, to: Option<&str>) -> Result<Moments, Problems> {
        Span { from: from.map(str::to_owned), to: to.map(str::to_owned), format: None }.read(NOON)
    }

    #[test]
    fn the_last_thirty_days_are_meant_where_nothing_is_said() {
        assert_eq!(read(None, None), Ok(Moments { from: NOON - TimeDelta::days(30), to: NOON }));
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for (from, to) in [
            (Some("yesterday"), None),
            (Some("2026-01-16T00:00:00Z"), Some("2026-01-15T00:00:00Z")),
            (Some("2024-01-01T00:00:00Z"), Some("2026-01-15T00:00:00Z")),
            (None, Some("x")),
        ] {
            assert!(read(from, to).is_err(), "{from:?} {to:?}");
        }
    }
}
