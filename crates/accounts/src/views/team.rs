use async_trait::async_trait;
use kernel::{Fault, OrganizationId, Page, PageRequest, Time, UserId};

/// A member, with what people know them by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamRow {
    /// Who.
    pub id: UserId,
    /// Their address.
    pub email: String,
    /// Their name.
    pub username: String,
    /// As what.
    pub role: String,
    /// `active` or `suspended`.
    pub status: String,
    /// Since when.
    pub joined_at: Time,
}

/// The members of an organization.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Team: Send + Sync {
    /// In the order they joined, but for those whose accounts are on their way out; nobody else's, ever. A cursor that is not one begins anew.
    async fn list(&self, organization: OrganizationId, page: PageRequest) -> Result<Page<TeamRow>, Fault>;

    /// Those of these users who are members, in the order they joined; but for those whose accounts are on their way out.
    async fn among(&self, organization: OrganizationId, users: &[UserId]) -> Result<Vec<TeamRow>, Fault>;
}
