use chrono::{DateTime, SecondsFormat, Utc};

/// A moment, in UTC, with microsecond precision: what the database keeps, so that what was written equals what is read.
pub type Time = DateTime<Utc>;

/// What time it is; injected, so that tests can choose.
pub trait Clock: Send + Sync {
    /// Now, truncated to microseconds.
    fn now(&self) -> Time;
}

/// RFC 3339 in UTC with `Z`, to the microsecond where there are any: how every time is told.
#[must_use]
pub fn rfc3339(time: Time) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
