use std::ops::RangeInclusive;

use adapter_http::LimitTable;
use identity::LimitsPatch;
use serde::Deserialize;

use super::{BadConfig, bad};

/// How much of what there may be: that of accounts, and how many requests.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileLimits {
    sessions_per_user: Option<u32>,
    mails_per_hour: Option<u32>,
    login_per_minute: Option<i64>,
    sign_up_per_minute: Option<i64>,
    anonymous_per_hour: Option<i64>,
    requests_per_minute: Option<i64>,
}

const POSSIBLE: RangeInclusive<i64> = 1..=1_000_000;

impl FileLimits {
    /// Those of accounts.
    pub const fn accounts(&self) -> LimitsPatch {
        LimitsPatch { sessions_per_user: self.sessions_per_user, mails_per_hour: self.mails_per_hour }
    }

    /// How many requests there may be.
    pub fn requests(&self) -> Result<LimitTable, BadConfig> {
        let LimitTable { login_per_minute, sign_up_per_minute, anonymous_per_hour, requests_per_minute } =
            LimitTable::default();
        Ok(LimitTable {
            login_per_minute: within("limits.login_per_minute", self.login_per_minute, login_per_minute)?,
            sign_up_per_minute: within("limits.sign_up_per_minute", self.sign_up_per_minute, sign_up_per_minute)?,
            anonymous_per_hour: within("limits.anonymous_per_hour", self.anonymous_per_hour, anonymous_per_hour)?,
            requests_per_minute: within("limits.requests_per_minute", self.requests_per_minute, requests_per_minute)?,
        })
    }
}

fn within(name: &'static str, wanted: Option<i64>, usual: u32) -> Result<u32, BadConfig> {
    let Some(number) = wanted else { return Ok(usual) };
    let possible = u32::try_from(number).ok().filter(|_| POSSIBLE.contains(&number));
    possible.ok_or_else(|| bad(name, "must be a number from 1 to 1000000"))
}

/// Whether requests are counted at all.
pub fn are_on(said: Option<&str>) -> Result<bool, BadConfig> {
    match said {
        None | Some("on") => Ok(true),
        Some("off") => Ok(false),
        Some(_) => Err(bad("PORTCULLIS_RATE_LIMITS", "must be on or off")),
    }
}
