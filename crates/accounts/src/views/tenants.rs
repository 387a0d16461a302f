use async_trait::async_trait;
use kernel::{Fault, OrganizationId, Page, PageRequest, Time};

/// An organization, as platform administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantRow {
    /// Its id.
    pub id: OrganizationId,
    /// What people call it.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// How many members it has, suspended ones too.
    pub members: i64,
    /// When it was founded.
    pub created_at: Time,
    /// When it was deleted; absent while it lives.
    pub deleted_at: Option<Time>,
}

/// The organizations of the whole installation.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Tenants: Send + Sync {
    /// The newest first, deleted ones too; where something is searched for, those whose slug begins with it, without regard
    /// to case, or whose id it is. A cursor that is not one begins anew.
    async fn list(&self, search: Option<String>, page: PageRequest) -> Result<Page<TenantRow>, Fault>;
}
