use kernel::{Detail, EmailAddress, FileName, Recorded, Time, UserId};

use super::{PasswordHash, PersonName, Username};

/// Whether a user may act at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserStatus {
    /// May sign in.
    Active,
    /// Stopped by a platform administrator: dead at every door.
    Suspended,
    /// On the way out: dead at every door.
    Deleted,
    /// Nobody any more: dead for ever.
    Erased,
}

impl UserStatus {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Active, Self::Suspended, Self::Deleted, Self::Erased];

    /// `None` for any other.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.as_str() == text)
    }

    /// As stored and told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deleted => "deleted",
            Self::Erased => "erased",
        }
    }
}

/// A person's account. Email and username are unique without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The address, as its owner wrote it.
    pub email: EmailAddress,
    /// The name others see.
    pub username: Username,
    /// What the person wants to be called; absent where they did not say.
    pub name: Option<PersonName>,
    /// The file of its avatar, where it has one.
    pub avatar: Option<FileName>,
    /// Absent where the account signs in by other means only.
    pub password: Option<PasswordHash>,
    /// When the address was proved; absent until then.
    pub verified_at: Option<Time>,
    /// Whether it may act.
    pub status: UserStatus,
    /// Whether it administers the whole installation.
    pub administrator: bool,
    /// When its deletion was asked for; absent unless it was. A suspended account can be on its way out too.
    pub deleted_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
    /// Moves on with every change; the store sets it.
    pub version: i64,
}

impl Recorded for User {
    fn record(&self) -> Vec<Detail> {
        let personal = |key, value: Option<&str>| Detail::personal(Some(self.id), key, value);
        vec![
            personal("email", Some(self.email.as_str())),
            personal("username", Some(self.username.as_str())),
            personal("name", self.name.as_ref().map(PersonName::as_str)),
            personal("avatar", self.avatar.as_ref().map(FileName::as_str)),
            Detail::public("is_verified", self.verified_at.is_some()),
            Detail::public("status", self.status.as_str()),
            Detail::public("administrator", if self.administrator { Some(true) } else { None }),
        ]
    }
}
