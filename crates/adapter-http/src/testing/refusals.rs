use std::sync::Arc;

use async_trait::async_trait;
use kernel::{CommitError, Fault, OnceKey, Outcome, Remembered, Store, UnitOfWork};

/// Where refusals go: those of who lacks a permission where a test looks for them, and those of who is not let in at all
/// nowhere, for many a test walks into them on its way.
pub(super) struct Refusals(pub Arc<dyn Store<accounts::Change>>);

#[async_trait]
impl Store<accounts::Change> for Refusals {
    async fn commit(&self, unit: UnitOfWork<accounts::Change>) -> Result<(), CommitError> {
        let lacks = unit.evidence.audit.iter().any(|it| it.outcome == Outcome::Refused("permission_denied"));
        if lacks { self.0.commit(unit).await } else { Ok(()) }
    }

    async fn recall(&self, key: &OnceKey) -> Result<Option<Remembered>, Fault> {
        self.0.recall(key).await
    }
}
