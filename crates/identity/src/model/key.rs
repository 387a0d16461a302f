use kernel::{
    Detail, Ids, KeyId, Narrowed, OrganizationId, Permission, Recorded, RoleKey, Secret, Time, TokenHash, UserId,
};
use sha2::{Digest, Sha256};

use super::Label;

/// In whose name a key acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOwner {
    /// An organization's key.
    Organization(OrganizationId),
    /// A person's token.
    User(UserId),
}

/// What a key may at most; never more than its maker may now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scopes {
    /// What the admin role holds.
    Admin,
    /// These permissions.
    Only(Vec<Permission>),
}

impl Scopes {
    /// As the doors ask it.
    #[must_use]
    pub fn narrowed(&self) -> Narrowed {
        match self {
            Self::Admin => Narrowed::ToRole(RoleKey::ADMIN),
            Self::Only(permissions) => Narrowed::To(permissions.as_slice().into()),
        }
    }
}

/// A key that programs present: an organization's, or a person's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// In whose name it acts.
    pub owner: KeyOwner,
    /// Who made it, or rotated it last, and answers for it.
    pub maker: UserId,
    /// The organization it acts in where a request names none; an organization's key acts nowhere else.
    pub organization: Option<OrganizationId>,
    /// What its owner calls it.
    pub name: Label,
    /// SHA-256 of the key.
    pub hash: TokenHash,
    /// Its prefix and last four characters, to be told apart by.
    pub hint: String,
    /// What it may at most.
    pub scopes: Scopes,
    /// Whether its maker had given more than one factor.
    pub multi_factor: bool,
    /// The key before the last rotation, and until when it is good.
    pub previous: Option<(TokenHash, Time)>,
    /// Until when it is good; absent where it is until it is revoked.
    pub expires_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
    /// When its text was made: by whom it was made then, or rotated last.
    pub text_at: Time,
    /// Moves on with every change; the store sets it.
    pub version: i64,
}

impl Key {
    /// Whether what was presented, of which this is the hash, is good.
    #[must_use]
    pub fn is_good(&self, presented: &TokenHash, at: Time) -> bool {
        self.refusal(presented, at).is_none()
    }

    /// Why it is not good: `expired`, or `replaced` by a rotation.
    #[must_use]
    pub fn refusal(&self, presented: &TokenHash, at: Time) -> Option<&'static str> {
        let is_previous = self.previous.is_some_and(|(hash, until)| hash == *presented && at < until);
        if self.expires_at.is_some_and(|it| at >= it) {
            Some("expired")
        } else if self.hash == *presented || is_previous {
            None
        } else {
            Some("replaced")
        }
    }
}

impl Recorded for Key {
    fn record(&self) -> Vec<Detail> {
        let scopes = match &self.scopes {
            Scopes::Admin => "admin".to_owned(),
            Scopes::Only(permissions) => permissions.iter().map(Permission::as_str).collect::<Vec<_>>().join(" "),
        };
        let name = match self.owner {
            KeyOwner::Organization(_) => Detail::public("name", self.name.as_str()),
            KeyOwner::User(user) => Detail::personal(Some(user), "name", self.name.as_str()),
        };
        vec![
            name,
            Detail::public("hint", self.hint.as_str()),
            Detail::public("scopes", scopes),
            Detail::public("expires_at", self.expires_at.map(kernel::rfc3339)),
            Detail::public("previous_until", self.previous.map(|(_, until)| kernel::rfc3339(until))),
        ]
    }
}

/// How keys begin: secret scanners find them by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPrefixes {
    /// Of organizations' keys.
    pub organization: String,
}

impl Default for KeyPrefixes {
    fn default() -> Self {
        Self { organization: "hbx".to_owned() }
    }
}

impl KeyPrefixes {
    /// Of personal tokens.
    pub const PERSONAL: &'static str = "pcp";

    const SECRET: usize = 24;
    const CHECKSUM: usize = 4;

    /// 2 to 16 of `[a-z0-9]`, a letter first, and not that of personal tokens.
    #[must_use]
    pub fn parse(organization: &str) -> Option<Self> {
        let good = (2..=16).contains(&organization.len())
            && organization.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
            && organization.starts_with(|it: char| it.is_ascii_lowercase())
            && organization != Self::PERSONAL;
        good.then(|| Self { organization: organization.to_owned() })
    }

    fn of(&self, owner: KeyOwner) -> &str {
        match owner {
            KeyOwner::Organization(_) => &self.organization,
            KeyOwner::User(_) => Self::PERSONAL,
        }
    }

    /// A new key: prefix, `_`, 192 random bits and a checksum, in hexadecimal digits.
    #[must_use]
    pub fn mint(&self, ids: &dyn Ids, owner: KeyOwner) -> Secret {
        let bytes = ids.bytes();
        let body = format!("{}_{}", self.of(owner), hex(&bytes[..Self::SECRET]));
        Secret::new(format!("{body}{}", checksum(&body)))
    }

    /// What a key is told apart by.
    #[must_use]
    pub fn hint(&self, owner: KeyOwner, key: &Secret) -> String {
        let last = key.expose().len().saturating_sub(4);
        format!("{}_...{}", self.of(owner), key.expose().get(last..).unwrap_or_default())
    }

    /// Whether this is meant to be a key and not an access token.
    #[must_use]
    pub fn claims(&self, presented: &str) -> bool {
        presented.split_once('_').is_some_and(|(prefix, _)| prefix == self.organization || prefix == Self::PERSONAL)
    }

    /// The hash to look for, where the checksum is right: a mistyped key costs no query.
    #[must_use]
    pub fn read(&self, presented: &str) -> Option<TokenHash> {
        let length = presented.find('_')? + 1 + (Self::SECRET + Self::CHECKSUM) * 2;
        if !self.claims(presented) || presented.len() != length || !presented.is_ascii() {
            return None;
        }
        let (body, given) = presented.split_at(length - Self::CHECKSUM * 2);
        (checksum(body) == given).then(|| TokenHash::of(presented))
    }
}

/// It guards against slips of the finger, not against people.
fn checksum(body: &str) -> String {
    hex(&Sha256::digest(body.as_bytes())[..KeyPrefixes::CHECKSUM])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|it| [it >> 4, it & 15]).filter_map(|it| char::from_digit(u32::from(it), 16)).collect()
}

#[cfg(test)]
mod tests;
