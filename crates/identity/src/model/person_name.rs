use std::fmt;

use kernel::display_name;
use serde::{Deserialize, Serialize};

/// What a person wants to be called: 1 to 100 characters, no control characters, no space around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonName(String);

impl PersonName {
    /// `None` where the form is not met.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        display_name(text).map(|it| Self(it.to_owned()))
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::PersonName;

    #[test]
    fn a_name_is_1_to_100_characters_without_control_characters() {
        for good in ["J", "Jöhn van der Doe-Smith III.", "李小龍", &"ü".repeat(100)] {
            assert_eq!(PersonName::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "  ", "a\nb", "a\u{202e}b", "\u{0}", &"ü".repeat(101)] {
            assert!(PersonName::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn space_around_it_is_no_part_of_it() {
        assert_eq!(PersonName::parse(" Jane ").unwrap().as_str(), "Jane");
    }
}
