//! What this domain needs of the world.

use async_trait::async_trait;
use kernel::{Fault, OrganizationId};

use crate::Facts;

/// Reads what decides.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Authorizations: Send + Sync {
    /// FACTS-1 MUST read version, roles, permissions and members in one consistent moment. `None` for unknown and deleted
    /// organizations.
    async fn load(&self, organization: OrganizationId) -> Result<Option<Facts>, Fault>;

    /// The current `authorization_version`; `None` for unknown and deleted organizations.
    async fn version(&self, organization: OrganizationId) -> Result<Option<i64>, Fault>;
}
