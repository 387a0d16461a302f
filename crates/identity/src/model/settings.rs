use chrono::TimeDelta;
use kernel::{Detail, Problems, Recorded};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use super::{Lifetimes, LifetimesPatch};

/// What may be changed while the installation runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Who may make an account, and what they are told.
    pub registration: Registration,
    /// When an account is locked, and for how long.
    pub lockout: Lockout,
    /// How long what lives.
    pub lifetimes: Lifetimes,
    /// How much of what there may be.
    pub limits: Limits,
}

/// Who may make an account, and what they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Whether anybody may; where not, only who is invited.
    pub open: bool,
    /// Whether it is hidden that an address is taken. Then an account can't sign in before its address is proved, or the
    /// first sign-in would tell.
    pub conceal: bool,
}

impl Default for Registration {
    fn default() -> Self {
        Self { open: true, conceal: false }
    }
}

/// When an account is locked, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lockout {
    /// After how many wrong passwords in a row.
    pub threshold: u32,
    /// When the lock ends by itself; absent where only somebody ends it.
    pub release_after: Option<TimeDelta>,
}

impl Default for Lockout {
    fn default() -> Self {
        Self { threshold: 10, release_after: None }
    }
}

/// How much of what there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Living sessions of one user; the oldest end.
    pub sessions_per_user: u32,
    /// Mails of one kind that strangers can have sent to one address within an hour.
    pub mails_per_hour: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { sessions_per_user: 100, mails_per_hour: 3 }
    }
}

/// Which settings are to be others than the configuration says. What is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SettingsPatch {
    /// Of registration.
    pub registration: RegistrationPatch,
    /// Of lockout.
    pub lockout: LockoutPatch,
    /// Of lifetimes.
    pub lifetimes: LifetimesPatch,
    /// Of limits.
    pub limits: LimitsPatch,
}

/// Which settings of registration are to be others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegistrationPatch {
    /// [`Registration::open`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    /// [`Registration::conceal`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conceal: Option<bool>,
}

/// Which settings of lockout are to be others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LockoutPatch {
    /// [`Lockout::threshold`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<u32>,
    /// [`Lockout::release_after`] in seconds; null for never.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "null_or_value")]
    pub release_after: Option<Option<i64>>,
}

/// Which settings of limits are to be others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsPatch {
    /// [`Limits::sessions_per_user`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions_per_user: Option<u32>,
    /// [`Limits::mails_per_hour`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mails_per_hour: Option<u32>,
}

/// Tells null from absent.
#[expect(clippy::option_option, reason = "absent, null and a value are three things")]
fn null_or_value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<i64>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl SettingsPatch {
    /// What is set in `newer` wins.
    #[must_use]
    pub fn or(self, newer: Self) -> Self {
        Self {
            registration: RegistrationPatch {
                open: newer.registration.open.or(self.registration.open),
                conceal: newer.registration.conceal.or(self.registration.conceal),
            },
            lockout: LockoutPatch {
                threshold: newer.lockout.threshold.or(self.lockout.threshold),
                release_after: newer.lockout.release_after.or(self.lockout.release_after),
            },
            lifetimes: self.lifetimes.or(newer.lifetimes),
            limits: LimitsPatch {
                sessions_per_user: newer.limits.sessions_per_user.or(self.limits.sessions_per_user),
                mails_per_hour: newer.limits.mails_per_hour.or(self.limits.mails_per_hour),
            },
        }
    }

    /// The settings with these changes, or what is wrong with them, all of it at once.
    pub fn apply(&self, to: &Settings) -> Result<Settings, Problems> {
        let mut problems = Problems::default();
        let mut within = |name: &'static str, wanted: Option<u32>, usual: u32, most: u32| match wanted {
            Some(it) if !(1..=most).contains(&it) => {
                problems.add(name, format!("The field must be 1 to {most}."));
                usual
            }
            it => it.unwrap_or(usual),
        };
        // NIST SP 800-63B-4, section 3.2.2: no more than 100 failures in a row.
        let threshold = within("lockout.threshold", self.lockout.threshold, to.lockout.threshold, 100);
        let sessions_per_user =
            within("limits.sessions_per_user", self.limits.sessions_per_user, to.limits.sessions_per_user, 10_000);
        let mails_per_hour =
            within("limits.mails_per_hour", self.limits.mails_per_hour, to.limits.mails_per_hour, 1_000);
        let release_after = match self.lockout.release_after {
            None => to.lockout.release_after,
            Some(None) => None,
            Some(Some(seconds)) => {
                let span = TimeDelta::try_seconds(seconds).filter(|it| (1..=31_536_000).contains(&it.num_seconds()));
                problems.check("lockout.release_after", span, "The field must be 1 to 31536000 seconds, or null.")
            }
        };
        let lifetimes = self.lifetimes.apply(&to.lifetimes).map_err(|it| problems.add_all("", it));
        match lifetimes {
            Ok(lifetimes) if problems.is_empty() => Ok(Settings {
                registration: Registration {
                    open: self.registration.open.unwrap_or(to.registration.open),
                    conceal: self.registration.conceal.unwrap_or(to.registration.conceal),
                },
                lockout: Lockout { threshold, release_after },
                lifetimes,
                limits: Limits { sessions_per_user, mails_per_hour },
            }),
            _ => Err(problems),
        }
    }
}

/// The patch that stands above the configuration; there is one, on every node the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredSettings {
    /// What is other than configured.
    pub patch: SettingsPatch,
    /// Moves on with every change; the store sets it. Zero before the first.
    pub version: i64,
}

impl Recorded for StoredSettings {
    /// Each setting of its own, or null where the configuration holds: always the same fields.
    fn record(&self) -> Vec<Detail> {
        let SettingsPatch { registration, lockout, lifetimes, limits } = &self.patch;
        let lived = serde_json::to_value(lifetimes).unwrap_or_default();
        let mut details = vec![
            Detail::public("registration.open", json!(registration.open)),
            Detail::public("registration.conceal", json!(registration.conceal)),
            Detail::public("lockout.threshold", json!(lockout.threshold)),
            Detail::public(
                "lockout.release_after",
                json!(lockout.release_after.map(|it| it.map_or("never".into(), Value::from))),
            ),
            Detail::public("limits.sessions_per_user", json!(limits.sessions_per_user)),
            Detail::public("limits.mails_per_hour", json!(limits.mails_per_hour)),
        ];
        details.extend(
            LifetimesPatch::NAMES
                .iter()
                .map(|name| Detail::public(format!("lifetimes.{name}"), lived.get(name).cloned().unwrap_or_default())),
        );
        details
    }
}

#[cfg(test)]
mod tests;
