//! What this domain needs of the world.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::{Fault, OrganizationId, UserId};

use crate::model::{CustomPermission, CustomRole, Grant};
use crate::{Delta, Facts, Snapshot};

/// Reads what decides.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Authorizations: Send + Sync {
    /// FACTS-1 MUST read version, rules, members and their grants in one consistent moment. `None` for unknown and deleted
    /// organizations.
    async fn load(&self, organization: OrganizationId) -> Result<Option<Facts>, Fault>;

    /// FACTS-2 MUST read, in one consistent moment, version, each of these members, and the rules where they are asked for;
    /// and cost what they cost. `None` for unknown and deleted organizations.
    async fn delta(
        &self,
        organization: OrganizationId,
        members: &[UserId],
        rules: bool,
    ) -> Result<Option<Delta>, Fault>;

    /// The current `authorization_version`; `None` for unknown and deleted organizations.
    async fn version(&self, organization: OrganizationId) -> Result<Option<i64>, Fault>;
}

/// Snapshots, as new as anything heard.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Snapshots: Send + Sync {
    /// The organization's; `None` for unknown and deleted organizations.
    async fn current(&self, organization: OrganizationId) -> Result<Option<Arc<Snapshot>>, Fault>;
}

/// Reads an organization's own roles.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Roles: Send + Sync {
    /// All of them, the oldest first.
    async fn of(&self, organization: OrganizationId) -> Result<Vec<CustomRole>, Fault>;
}

/// Reads what members were given and denied directly.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Grants: Send + Sync {
    /// Of one member, by permission, expired ones too.
    async fn of(&self, organization: OrganizationId, user: UserId) -> Result<Vec<Grant>, Fault>;
}

/// Reads the permissions that organizations declared.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait CustomPermissions: Send + Sync {
    /// All of an organization's, in order.
    async fn of(&self, organization: OrganizationId) -> Result<Vec<CustomPermission>, Fault>;

    /// Whether any member was given or denied it directly.
    async fn is_granted(&self, permission: &CustomPermission) -> Result<bool, Fault>;
}
