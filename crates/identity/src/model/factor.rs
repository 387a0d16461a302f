use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// A way to prove who one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// A password.
    Password,
    /// A provider's word.
    Provider,
    /// A code of the moment (RFC 6238).
    Totp,
    /// One of the codes that stand in for it.
    RecoveryCode,
    /// A passkey, unlocked by its owner: two factors in one.
    Passkey,
}

impl Factor {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Password, Self::Provider, Self::Totp, Self::RecoveryCode, Self::Passkey];

    /// As stored, and in an access token's `amr`: RFC 8176's word where it has one.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Provider => "provider",
            Self::Totp => "otp",
            Self::RecoveryCode => "recovery_code",
            Self::Passkey => "passkey",
        }
    }

    /// `None` for any other.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.as_str() == text)
    }
}

/// What was given in a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Factors(BTreeSet<Factor>);

impl Factors {
    /// These.
    pub fn of(given: impl IntoIterator<Item = Factor>) -> Self {
        Self(given.into_iter().collect())
    }

    /// And this one.
    #[must_use]
    pub fn and(mut self, given: Factor) -> Self {
        self.0.insert(given);
        self
    }

    /// Each once, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = Factor> {
        self.0.iter().copied()
    }

    /// Whether they are more than one secret that can be read off: multi-factor authentication.
    #[must_use]
    pub fn are_multiple(&self) -> bool {
        self.iter().any(|it| matches!(it, Factor::Totp | Factor::RecoveryCode | Factor::Passkey))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_factor_makes_them_multiple() {
        for (given, multiple) in [
            (Factors::default(), false),
            (Factors::of([Factor::Password]), false),
            (Factors::of([Factor::Provider, Factor::Password]), false),
            (Factors::of([Factor::Password, Factor::Totp]), true),
            (Factors::of([Factor::Provider, Factor::RecoveryCode]), true),
            (Factors::of([Factor::Passkey]), true),
        ] {
            assert_eq!(given.are_multiple(), multiple, "{given:?}");
        }
    }

    #[test]
    fn each_is_read_as_it_is_written() {
        for factor in Factor::ALL {
            assert_eq!(Factor::parse(factor.as_str()), Some(*factor));
        }
        assert_eq!(Factor::parse("mfa"), None);
    }
}
