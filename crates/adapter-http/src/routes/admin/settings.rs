//! The settings as they are told, and as they are changed.

use chrono::TimeDelta;
use identity::{
    Lifetimes, LifetimesPatch, Limits, LimitsPatch, Lockout, LockoutPatch, Registration, RegistrationPatch, Settings,
    SettingsPatch,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::routes::nullable::null_or_value;

/// What can be changed while the installation runs.
#[derive(Serialize, ToSchema)]
pub(super) struct AllSettings {
    registration: RegistrationSettings,
    lockout: LockoutSettings,
    lifetimes: LifetimeSettings,
    limits: LimitSettings,
}

/// Who may make an account, and what they are told.
#[derive(Serialize, ToSchema)]
pub(super) struct RegistrationSettings {
    /// Whether anybody may; where not, only who is invited.
    #[schema(example = true)]
    open: bool,
    /// Whether it is hidden that an address is taken. Then an address must be proved before the first sign-in.
    #[schema(example = false)]
    conceal: bool,
}

/// When an account is locked, and for how long.
#[derive(Serialize, ToSchema)]
pub(super) struct LockoutSettings {
    /// After how many wrong passwords in a row.
    #[schema(example = 10)]
    threshold: u32,
    /// After how many seconds the lock ends by itself; null where only somebody ends it.
    #[schema(required)]
    release_after: Option<i64>,
}

/// How much of what there may be.
#[derive(Serialize, ToSchema)]
pub(super) struct LimitSettings {
    /// Living sessions of one user; the oldest end.
    #[schema(example = 100)]
    sessions_per_user: u32,
    /// Mails of one kind that can be sent to one address within an hour.
    #[schema(example = 3)]
    mails_per_hour: u32,
}

impl From<&Settings> for AllSettings {
    fn from(settings: &Settings) -> Self {
        let Settings { registration, lockout, lifetimes, limits } = settings;
        let Registration { open, conceal } = *registration;
        let Lockout { threshold, release_after } = *lockout;
        let Limits { sessions_per_user, mails_per_hour } = *limits;
        Self {
            registration: RegistrationSettings { open, conceal },
            lockout: LockoutSettings { threshold, release_after: release_after.as_ref().map(TimeDelta::num_seconds) },
            lifetimes: lifetimes.into(),
            limits: LimitSettings { sessions_per_user, mails_per_hour },
        }
    }
}

/// Which settings are to be others; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsChange {
    #[schema(nullable = false)]
    registration: Option<RegistrationChange>,
    #[schema(nullable = false)]
    lockout: Option<LockoutChange>,
    #[schema(nullable = false)]
    lifetimes: Option<LifetimesChange>,
    #[schema(nullable = false)]
    limits: Option<LimitsChange>,
}

/// Who may make an account, and what they are told.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RegistrationChange {
    /// Whether anybody may; where not, only who is invited.
    #[schema(nullable = false, example = true)]
    open: Option<bool>,
    /// Whether it is hidden that an address is taken. Then an address must be proved before the first sign-in.
    #[schema(nullable = false, example = false)]
    conceal: Option<bool>,
}

/// When an account is locked, and for how long.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LockoutChange {
    /// After how many wrong passwords in a row.
    #[schema(nullable = false, minimum = 1, maximum = 100, example = 10)]
    threshold: Option<u32>,
    /// After how many seconds the lock ends by itself; null where only somebody ends it.
    #[serde(default, deserialize_with = "null_or_value")]
    #[expect(clippy::option_option, reason = "absent, null and a value are three things")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 31_536_000, example = 3600)]
    release_after: Option<Option<i64>>,
}

/// How much of what there may be.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsChange {
    /// Living sessions of one user; the oldest end.
    #[schema(nullable = false, minimum = 1, maximum = 10_000, example = 100)]
    sessions_per_user: Option<u32>,
    /// Mails of one kind that can be sent to one address within an hour.
    #[schema(nullable = false, minimum = 1, maximum = 1_000, example = 3)]
    mails_per_hour: Option<u32>,
}

impl From<SettingsChange> for SettingsPatch {
    fn from(change: SettingsChange) -> Self {
        let RegistrationChange { open, conceal } = change.registration.unwrap_or_default();
        let LockoutChange { threshold, release_after } = change.lockout.unwrap_or_default();
        let LimitsChange { sessions_per_user, mails_per_hour } = change.limits.unwrap_or_default();
        Self {
            registration: RegistrationPatch { open, conceal },
            lockout: LockoutPatch { threshold, release_after },
            lifetimes: change.lifetimes.unwrap_or_default().into(),
            limits: LimitsPatch { sessions_per_user, mails_per_hour },
        }
    }
}

macro_rules! lifetimes {
    ($($(#[$doc:meta])* $name:ident = $example:literal, $most:tt;)*) => {
        /// How long what lives, in seconds.
        #[derive(Serialize, ToSchema)]
        pub(super) struct LifetimeSettings {
            $($(#[$doc])* #[schema(example = $example)] $name: i64,)*
        }

        impl From<&Lifetimes> for LifetimeSettings {
            fn from(lifetimes: &Lifetimes) -> Self {
                Self { $($name: lifetimes.$name.num_seconds(),)* }
            }
        }

        /// How long what lives, in seconds.
        #[derive(Default, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub(super) struct LifetimesChange {
            $($(#[$doc])* #[schema(nullable = false, minimum = 1, maximum = $most, example = $example)]
            $name: Option<i64>,)*
        }

        impl From<LifetimesChange> for LifetimesPatch {
            fn from(change: LifetimesChange) -> Self {
                Self { $($name: change.$name,)* }
            }
        }
    };
}

lifetimes! {
    /// An access token.
    access = 900, 604_800;
    /// An access token of a remembered session.
    access_remembered = 86_400, 604_800;
    /// A refresh token.
    refresh = 2_592_000, 315_360_000;
    /// A refresh token of a session that must not be remembered.
    refresh_short = 604_800, 315_360_000;
    /// A session, however often it is refreshed.
    session = 15_552_000, 315_360_000;
    /// A link in a verification mail.
    verification = 259_200, 315_360_000;
    /// A temporary password.
    temporary_password = 1_800, 315_360_000;
    /// A link that confirms a new address.
    email_change = 86_400, 315_360_000;
    /// A link that takes a change of address back.
    email_undo = 604_800, 315_360_000;
    /// An account whose deletion was asked for, until it is erased.
    deletion = 2_592_000, 315_360_000;
}
