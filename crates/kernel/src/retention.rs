use async_trait::async_trait;

use crate::{Fault, Time};

/// What is kept only for a while.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Retention: Send + Sync {
    /// RETENTION-1 MUST remove what has served its purpose at the moment `at`, and nothing that has not: answers
    /// remembered under a key and mailed tokens once they expire, allowances once their hour is over; mails, events and
    /// deliveries thirty days after they were sent, relayed and settled, an event not before its deliveries; sessions thirty
    /// days after they ended or expired, with their refresh tokens, a rotated one not before, for it may come again; unused
    /// refresh tokens thirty days after they expire; signing keys thirty days after they retired; keys and tokens thirty days
    /// after they expired; failures that came to no lock thirty days after the last. In small bites, on any number of nodes
    /// at once.
    async fn forget(&self, at: Time) -> Result<(), Fault>;
}
