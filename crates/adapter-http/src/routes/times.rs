//! Moments in what is sent: RFC 3339.

use chrono::{DateTime, Datelike, SubsecRound, Utc};
use kernel::{Problems, Time};

pub(super) fn time(problems: &mut Problems, field: &'static str, text: Option<&str>) -> Option<Time> {
    let parsed = DateTime::parse_from_rfc3339(text?).ok().map(|it| it.with_timezone(&Utc).trunc_subsecs(6));
    // In UTC it may lie in a year that can't be told any more.
    let parsed = parsed.filter(|it| (0..=9999).contains(&it.year()));
    problems.check(field, parsed, &format!("The {field} field must be a time such as 2026-01-15T12:00:00Z."))
}

/// Until when something is to be good.
pub(super) fn expiry(text: Option<&str>) -> Result<Option<Time>, Problems> {
    let mut problems = Problems::default();
    let expires_at = time(&mut problems, "expires_at", text);
    if problems.is_empty() { Ok(expires_at) } else { Err(problems) }
}
