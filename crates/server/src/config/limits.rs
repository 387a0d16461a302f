use std::ops::RangeInclusive;

use adapter_http::LimitTable;
use identity::LimitsPatch;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use toml::Table;

use super::{BadConfig, bad};

/// How much of what there may be: those of accounts, and how many requests.
#[derive(Clone, Debug, Default)]
pub struct FileLimits {
    pub accounts: LimitsPatch,
    requests: [Option<i64>; REQUESTS.len()],
}

const REQUESTS: [&str; 4] = ["login_per_minute", "sign_up_per_minute", "anonymous_per_hour", "requests_per_minute"];
const POSSIBLE: RangeInclusive<i64> = 1..=1_000_000;

impl<'de> Deserialize<'de> for FileLimits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut table = Table::deserialize(deserializer)?;
        let mut requests = [None; REQUESTS.len()];
        for (name, number) in REQUESTS.iter().zip(&mut requests) {
            *number = table.remove(*name).map(i64::deserialize).transpose().map_err(D::Error::custom)?;
        }
        let accounts = table.try_into().map_err(D::Error::custom)?;
        Ok(Self { accounts, requests })
    }
}

impl FileLimits {
    /// How many requests there may be.
    pub fn requests(&self) -> Result<LimitTable, BadConfig> {
        let mut table = LimitTable::default();
        let places = [
            &mut table.login_per_minute,
            &mut table.sign_up_per_minute,
            &mut table.anonymous_per_hour,
            &mut table.requests_per_minute,
        ];
        for ((place, number), name) in places.into_iter().zip(self.requests).zip(REQUESTS) {
            let Some(number) = number else { continue };
            *place = u32::try_from(number).ok().filter(|_| POSSIBLE.contains(&number)).ok_or_else(|| {
                let name = format!("limits.{name}").into();
                BadConfig::Bad { name, problem: "must be a number from 1 to 1000000".to_owned() }
            })?;
        }
        Ok(table)
    }
}

/// Whether requests are counted at all.
pub fn are_on(said: Option<&str>) -> Result<bool, BadConfig> {
    match said {
        None | Some("on") => Ok(true),
        Some("off") => Ok(false),
        Some(_) => Err(bad("PORTCULLIS_RATE_LIMITS", "must be on or off")),
    }
}
