use chrono::TimeDelta;
use kernel::Problems;
use serde::{Deserialize, Serialize};

/// The longest that anything may be set to live: ten years of 365 days, in seconds.
const LONGEST: i64 = 315_360_000;

impl Lifetimes {
    /// After this no access token is good any more, whatever was set when it was made: a week. For so long a node must
    /// remember which sessions ended.
    pub const LONGEST_ACCESS: TimeDelta = TimeDelta::days(7);
}

macro_rules! lifetimes {
    ($($(#[$doc:meta])* $name:ident = $usual:expr;)*) => {
        /// How long what lives. The defaults are the contract's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Lifetimes {
            $($(#[$doc])* pub $name: TimeDelta,)*
        }

        impl Default for Lifetimes {
            fn default() -> Self {
                Self { $($name: $usual,)* }
            }
        }

        /// Which lifetimes are to be others, in seconds.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct LifetimesPatch {
            $($(#[$doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $name: Option<i64>,)*
        }

        impl LifetimesPatch {
            /// Every name, as it stands in the configuration and in `/admin/settings`.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// What is set in `newer` wins.
            #[must_use]
            pub fn or(self, newer: Self) -> Self {
                Self { $($name: newer.$name.or(self.$name),)* }
            }

            /// The lifetimes with these changes, or what is wrong with them.
            pub fn apply(&self, to: &Lifetimes) -> Result<Lifetimes, Problems> {
                let mut problems = Problems::default();
                let next = Lifetimes {
                    $($name: span(stringify!($name), self.$name, to.$name, &mut problems),)*
                };
                if problems.is_empty() { Ok(next) } else { Err(problems) }
            }
        }

        impl Lifetimes {
            /// All of them, as a patch that sets them all.
            #[must_use]
            pub const fn as_patch(&self) -> LifetimesPatch {
                LifetimesPatch { $($name: Some(self.$name.num_seconds()),)* }
            }
        }
    };
}

lifetimes! {
    /// An access token.
    access = TimeDelta::minutes(15);
    /// An access token of a remembered session.
    access_remembered = TimeDelta::hours(24);
    /// A refresh token.
    refresh = TimeDelta::days(30);
    /// A refresh token of a session that must not be remembered.
    refresh_short = TimeDelta::days(7);
    /// A session, however often it is refreshed.
    session = TimeDelta::days(180);
    /// A link in a verification mail.
    verification = TimeDelta::days(3);
    /// A temporary password.
    temporary_password = TimeDelta::minutes(30);
    /// A link that confirms a new address.
    email_change = TimeDelta::days(1);
    /// A link that takes a change of address back.
    email_undo = TimeDelta::days(7);
    /// An account whose deletion was asked for, until it is erased.
    deletion = TimeDelta::days(30);
}

fn span(name: &'static str, wanted: Option<i64>, usual: TimeDelta, problems: &mut Problems) -> TimeDelta {
    let longest = if name.starts_with("access") { Lifetimes::LONGEST_ACCESS.num_seconds() } else { LONGEST };
    match wanted {
        None => usual,
        Some(seconds) if (1..=longest).contains(&seconds) => TimeDelta::seconds(seconds),
        Some(_) => {
            problems.add(format!("lifetimes.{name}"), format!("The field must be 1 to {longest} seconds."));
            usual
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_contracts() {
        let Lifetimes { access, access_remembered, refresh, refresh_short, temporary_password, deletion, .. } =
            Lifetimes::default();
        assert_eq!((access, access_remembered), (TimeDelta::minutes(15), TimeDelta::hours(24)));
        assert_eq!((refresh, refresh_short), (TimeDelta::days(30), TimeDelta::days(7)));
        assert_eq!((temporary_password, deletion), (TimeDelta::minutes(30), TimeDelta::days(30)));
    }

    #[test]
    fn as_a_patch_they_come_back_as_they_were() {
        let patch = LifetimesPatch { access: Some(60), deletion: Some(1), ..LifetimesPatch::default() };
        let lifetimes = patch.apply(&Lifetimes::default()).unwrap();
        assert_eq!((lifetimes.access, lifetimes.deletion), (TimeDelta::seconds(60), TimeDelta::seconds(1)));
        assert_eq!(lifetimes.refresh, Lifetimes::default().refresh);
        assert_eq!(lifetimes.as_patch().apply(&Lifetimes::default()).unwrap(), lifetimes);
    }
}
