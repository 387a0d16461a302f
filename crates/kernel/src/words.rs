use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{KeyId, OrganizationId, SessionId, UserId};

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// Somebody without a credential.
    Nobody,
    /// A signed-in person.
    User {
        /// Who.
        id: UserId,
        /// In which sign-in.
        session: SessionId,
    },
    /// A person, through a personal token.
    Token {
        /// Which.
        id: KeyId,
        /// Whose.
        user: UserId,
    },
    /// An organization, through a key of its own.
    Key {
        /// Which.
        id: KeyId,
        /// Who answers for it: it never may more than they may now.
        maker: UserId,
    },
    /// Portcullis itself: a worker, or the operator's command line.
    System,
}

impl Actor {
    /// The person, where it is one.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        match self {
            Self::User { id, .. } | Self::Token { user: id, .. } => Some(*id),
            Self::Nobody | Self::Key { .. } | Self::System => None,
        }
    }

    /// By whose rights it acts, where it is by a person's.
    #[must_use]
    pub const fn principal(&self) -> Option<UserId> {
        match self {
            Self::Key { maker, .. } => Some(*maker),
            other => other.user(),
        }
    }
}

/// What a key or a token narrows its bearer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Narrowed {
    /// What this role holds.
    ToRole(RoleKey),
    /// These permissions.
    To(Arc<[Permission]>),
}

/// `resource.action`, lower case, as in seed 000: `team.invite`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Permission(Cow<'static, str>);

impl Permission {
    /// A permission known when this was compiled.
    #[must_use]
    pub const fn known(key: &'static str) -> Self {
        Self(Cow::Borrowed(key))
    }

    /// `None` unless it is two or more words of `[a-z0-9_]` joined by dots, at most 100 characters.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        let words_are_good = key.split('.').all(|word| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        });
        (key.len() <= 100 && key.contains('.') && words_are_good).then(|| Self(Cow::Owned(key.to_owned())))
    }

    /// The key itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Permission {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a permission")
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a role within an organization: `owner`, `admin`, `member`, or one of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct RoleKey(Cow<'static, str>);

impl RoleKey {
    /// Holds every permission; an organization always has one active.
    pub const OWNER: Self = Self(Cow::Borrowed("owner"));
    /// Runs the organization for its owners.
    pub const ADMIN: Self = Self(Cow::Borrowed("admin"));
    /// Uses what the organization has.
    pub const MEMBER: Self = Self(Cow::Borrowed("member"));

    /// `None` unless it is 1 to 50 characters of `[a-z0-9_-]` that do not read as an id.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        let good = (1..=50).contains(&key.len())
            && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
            && uuid::Uuid::try_parse(key).is_err();
        good.then(|| Self(Cow::Owned(key.to_owned())))
    }

    /// The key itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RoleKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a role's key")
    }
}

impl fmt::Display for RoleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An organization's name in addresses and in `X-Tenant`: 3 to 63 characters of `[a-z0-9-]`, no hyphen at either end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slug(String);

impl Slug {
    /// `None` where the form is not met. A slug never reads as an id.
    #[must_use]
    pub fn parse(slug: &str) -> Option<Self> {
        let good = (3..=63).contains(&slug.len())
            && slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !slug.starts_with('-')
            && !slug.ends_with('-')
            && uuid::Uuid::try_parse(slug).is_err();
        good.then(|| Self(slug.to_owned()))
    }

    /// The slug itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An organization as people name it: by slug or by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrganizationRef {
    /// By id.
    Id(OrganizationId),
    /// By slug.
    Slug(Slug),
}

impl OrganizationRef {
    /// `None` where it is neither an id nor a slug, and so can't exist.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // One spelling of an id: others would be other keys to whatever is kept by name.
        let id = text.parse().ok().filter(|id: &OrganizationId| id.to_string() == text.to_ascii_lowercase());
        id.map(Self::Id).or_else(|| Slug::parse(text).map(Self::Slug))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_acts_by_its_makers_rights_and_is_no_person() {
        use crate::testing::nth;
        let (user, id) = (nth(1), nth(2));
        for (actor, person, principal) in [
            (Actor::User { id: user, session: nth(3) }, Some(user), Some(user)),
            (Actor::Token { id, user }, Some(user), Some(user)),
            (Actor::Key { id, maker: user }, None, Some(user)),
            (Actor::Nobody, None, None),
            (Actor::System, None, None),
        ] {
            assert_eq!((actor.user(), actor.principal()), (person, principal), "{actor:?}");
        }
    }

    #[test]
    fn permissions_are_words_joined_by_dots() {
        for good in ["team.view", "honey_hives.open_2", "a.b.c"] {
            assert!(Permission::parse(good).is_some(), "{good}");
        }
        for bad in ["", "team", "team.", ".view", "Team.view", "team.*", "*", "team view.x"] {
            assert!(Permission::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_role_is_named_by_a_key_that_is_no_id() {
        for good in ["owner", "bee-keeper_2", "7"] {
            assert!(RoleKey::parse(good).is_some(), "{good}");
        }
        for bad in ["", "Owner", "a b", "a.b", &"a".repeat(51), "0192f0c1-7c5e-7000-8000-000000000001"] {
            assert!(RoleKey::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_is_read_has_its_form() {
        let read = |text: &str| (serde_json::from_str::<Permission>(text), serde_json::from_str::<RoleKey>(text));
        assert!(matches!(read(r#""team.view""#), (Ok(it), Err(_)) if it.as_str() == "team.view"));
        assert!(matches!(read(r#""owner""#), (Err(_), Ok(it)) if it == RoleKey::OWNER));
        assert_eq!(serde_json::to_string(&RoleKey::OWNER).unwrap(), r#""owner""#);
        assert_eq!(serde_json::to_string(&Permission::known("team.view")).unwrap(), r#""team.view""#);
    }

    #[test]
    fn a_slug_is_short_lower_case_and_never_an_id() {
        assert!(Slug::parse("acme-2").is_some());
        for bad in ["ab", "Acme", "-acme", "acme-", "a_b_c", "ac|me", "0192f0c1-7c5e-7000-8000-000000000001"] {
            assert!(Slug::parse(bad).is_none(), "{bad}");
        }
    }
}
