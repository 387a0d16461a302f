//! What this domain needs of the world.

use async_trait::async_trait;
use kernel::{Fault, OrganizationId, Page, PageRequest};

use crate::{Entry, Filter};

/// Reads the audit log.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Trail: Send + Sync {
    /// An organization's entries, newest first; nobody else's, ever. A cursor that is not one begins anew.
    async fn list(&self, organization: OrganizationId, filter: Filter, page: PageRequest)
    -> Result<Page<Entry>, Fault>;
}
