use async_trait::async_trait;
use kernel::{Fault, OrganizationId, Page, PageRequest, UserId};

/// An organization a user belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembershipRow {
    /// Which.
    pub organization: OrganizationId,
    /// What people call it.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// As what.
    pub role: String,
    /// `active` or `suspended`.
    pub status: String,
}

/// The organizations of a user.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Memberships: Send + Sync {
    /// In the order they were joined; deleted ones are none. A cursor that is not one begins anew.
    async fn of(&self, user: UserId, page: PageRequest) -> Result<Page<MembershipRow>, Fault>;
}
