use std::fmt;

use kernel::Permission;
use serde::{Deserialize, Serialize};

/// What a role holds: everything, everything of a resource, or one permission. Wildcards stand in roles only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Pattern {
    /// `*`
    All,
    /// `team.*`
    Resource(String),
    /// `team.view`
    One(Permission),
}

impl Pattern {
    /// `None` where the form is not met.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::All);
        }
        match text.strip_suffix(".*") {
            // A resource is whatever makes a permission of `resource.action`.
            Some(resource) => Permission::parse(&format!("{resource}.x")).map(|_| Self::Resource(resource.to_owned())),
            None => Permission::parse(text).map(Self::One),
        }
    }

    /// Whether it holds all that the other holds, also what nobody has declared yet.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (_, Self::One(permission)) => self.holds(permission),
            (Self::Resource(own), Self::Resource(theirs)) => {
                theirs.strip_prefix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            }
            (Self::Resource(_) | Self::One(_), _) => false,
        }
    }

    /// Whether it holds the permission. `team.*` holds `team.view` and `team.roles.edit`, and never `teams.view`.
    #[must_use]
    pub fn holds(&self, permission: &Permission) -> bool {
        match self {
            Self::All => true,
            Self::Resource(resource) => {
                permission.as_str().strip_prefix(resource.as_str()).is_some_and(|rest| rest.starts_with('.'))
            }
            Self::One(one) => one == permission,
        }
    }
}

impl TryFrom<String> for Pattern {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("neither a permission nor a wildcard")
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.to_string()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Resource(resource) => write!(f, "{resource}.*"),
            Self::One(permission) => permission.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_ends_at_the_dot() {
        let team = Pattern::parse("team.*").unwrap();
        assert!(team.holds(&Permission::known("team.view")));
        assert!(!team.holds(&Permission::known("teams.view")));
        assert!(Pattern::parse("*").unwrap().holds(&Permission::known("team.view")));
        assert!(!Pattern::parse("team.view").unwrap().holds(&Permission::known("team.edit")));
    }

    #[test]
    fn a_wildcard_covers_what_it_holds_and_smaller_wildcards() {
        let covers = |one: &str, other: &str| Pattern::parse(one).unwrap().covers(&Pattern::parse(other).unwrap());
        for (one, other) in [("*", "*"), ("*", "a.*"), ("a.*", "a.*"), ("a.*", "a.b.*"), ("a.*", "a.b"), ("a.b", "a.b")]
        {
            assert!(covers(one, other), "{one} {other}");
        }
        for (one, other) in [("a.*", "*"), ("a.b.*", "a.*"), ("a.*", "ab.*"), ("a.b", "a.*"), ("a.b", "a.c")] {
            assert!(!covers(one, other), "{one} {other}");
        }
    }

    #[test]
    fn only_whole_wildcards_are_patterns() {
        for bad in ["", "team", "te*", "*.view", "team.*.x", "Team.*", ".*"] {
            assert!(Pattern::parse(bad).is_none(), "{bad}");
        }
    }
}
