use std::time::Duration;

use async_trait::async_trait;

use crate::{Fault, Secret};

/// What lives for minutes and may be lost: challenges, states, one-time codes.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Ephemeral: Send + Sync {
    /// EPHEMERAL-1 MUST keep the value for `lifetime` and no longer; another under the same key takes its place.
    /// EPHEMERAL-2 MUST answer `Overloaded` rather than keep without bound, and drop nothing that has not expired.
    async fn put(&self, key: &str, value: &Secret, lifetime: Duration) -> Result<(), Fault>;

    /// EPHEMERAL-3 MUST hand the value to exactly one of any number of concurrent takers, and to nobody after it expired.
    async fn take(&self, key: &str) -> Result<Option<Secret>, Fault>;
}
