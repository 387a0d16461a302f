use async_trait::async_trait;

use crate::{Fault, Time};

/// What is kept only for a while.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Retention: Send + Sync {
    /// RETENTION-1 MUST remove what has served its purpose at the moment `at`, and nothing that has not: answers
    /// remembered under a key once they expire; mails, events and deliveries thirty days after they were sent, relayed
    /// and settled, an event not before its deliveries; tokens thirty days after they expire, a rotated refresh token not
    /// before its session is over, for it may come again. In small bites, on any number of nodes at once.
    async fn forget(&self, at: Time) -> Result<(), Fault>;
}
