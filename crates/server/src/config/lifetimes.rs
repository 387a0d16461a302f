use chrono::TimeDelta;
use identity::LifetimesPatch;
use serde::Deserialize;

use super::{BadConfig, bad};

/// All in seconds: those of accounts, and that of an invitation.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileLifetimes {
    access: Option<i64>,
    access_remembered: Option<i64>,
    refresh: Option<i64>,
    refresh_short: Option<i64>,
    session: Option<i64>,
    verification: Option<i64>,
    temporary_password: Option<i64>,
    email_change: Option<i64>,
    email_undo: Option<i64>,
    deletion: Option<i64>,
    invitation: Option<i64>,
}

impl FileLifetimes {
    /// Those of accounts.
    pub const fn accounts(&self) -> LifetimesPatch {
        LifetimesPatch {
            access: self.access,
            access_remembered: self.access_remembered,
            refresh: self.refresh,
            refresh_short: self.refresh_short,
            session: self.session,
            verification: self.verification,
            temporary_password: self.temporary_password,
            email_change: self.email_change,
            email_undo: self.email_undo,
            deletion: self.deletion,
        }
    }

    /// How long an invitation is open.
    pub fn invitation(&self) -> Result<TimeDelta, BadConfig> {
        const TEN_YEARS: i64 = 10 * 366 * 86_400;
        match self.invitation {
            None => Ok(tenancy::Invite::LIFETIME),
            Some(seconds @ 1..=TEN_YEARS) => Ok(TimeDelta::seconds(seconds)),
            Some(_) => Err(bad("lifetimes.invitation", format!("must be a number of seconds from 1 to {TEN_YEARS}"))),
        }
    }
}
