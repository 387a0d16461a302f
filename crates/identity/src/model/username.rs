use std::fmt;

use kernel::EmailAddress;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The name others see: 3 to 50 characters of `[a-zA-Z0-9_]` (seed 002), unique without regard to case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(String);

impl Username {
    /// `None` where the form is not met.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let good = (3..=50).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        good.then(|| Self(text.to_owned()))
    }

    /// A name made of an address, for who did not choose one; with a suffix where the plain one is taken.
    #[must_use]
    pub fn derived(email: &EmailAddress, suffix: Option<Uuid>) -> Self {
        let local = email.as_str().split('@').next().unwrap_or_default();
        let mut name: String = local.chars().filter(|it| it.is_ascii_alphanumeric() || *it == '_').take(30).collect();
        if name.len() < 3 {
            name.insert_str(0, "user");
        }
        let suffix = suffix.map(|it| it.simple().to_string()).unwrap_or_default();
        // The end of an id is random.
        Self(match suffix.get(suffix.len().saturating_sub(8)..) {
            Some(end) if !end.is_empty() => format!("{name}_{end}"),
            _ => name,
        })
    }

    /// The name of an account that is nobody's any more. `fresh` keeps anybody from having it before.
    #[must_use]
    pub fn nobodys(fresh: Uuid) -> Self {
        Self(format!("erased_{}", fresh.simple()))
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Two names with one key are the same.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Username;

    #[test]
    fn a_name_is_3_to_50_letters_digits_and_underscores() {
        for good in ["joe", "John_Doe_2", "___", &"j".repeat(50)] {
            assert_eq!(Username::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "jo", "john doe", "john-doe", "jöhn", " john", "john\n", "john@x", &"j".repeat(51)] {
            assert!(Username::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn case_makes_no_second_name() {
        assert_eq!(Username::parse("JohnDoe").unwrap().key(), Username::parse("johndoe").unwrap().key());
    }
}
