use async_trait::async_trait;
use identity::{Lockout, UserStatus};
use kernel::{Fault, Page, PageRequest, Time, UserId};

/// An account, as platform administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// Who.
    pub id: UserId,
    /// Their address.
    pub email: String,
    /// Their name.
    pub username: String,
    /// What they want to be called.
    pub name: Option<String>,
    /// Whether the address was proved.
    pub is_verified: bool,
    /// `active`, `suspended` or `deleted`.
    pub status: String,
    /// Whether too many wrong passwords were given for the address.
    pub is_locked: bool,
    /// Whether they administer the whole installation.
    pub is_administrator: bool,
    /// When the account was made.
    pub created_at: Time,
    /// When it was last used; absent where it never was.
    pub last_seen_at: Option<Time>,
}

/// Which accounts are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeopleFilter {
    /// This one alone.
    pub id: Option<UserId>,
    /// What address, the part of it after the `@`, or username begins with, without regard to case; or a whole id.
    pub search: Option<String>,
    /// In which state.
    pub status: Option<UserStatus>,
}

/// The accounts of the whole installation.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait People: Send + Sync {
    /// The newest first; erased ones are none. Locked is judged by `lockout` at `at`. A cursor that is not one begins anew.
    async fn list(
        &self,
        filter: PeopleFilter,
        lockout: Lockout,
        at: Time,
        page: PageRequest,
    ) -> Result<Page<PersonRow>, Fault>;
}
