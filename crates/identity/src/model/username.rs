use std::fmt;

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
