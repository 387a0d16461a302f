use std::sync::Arc;

use async_trait::async_trait;
use kernel::{CommitError, Fault, OnceKey, Outcome, Remembered, Store, UnitOfWork};

/// Where refusals go: those of who lacks a permission or a recent factor where a test looks for them, and those of who is
/// not let in at all nowhere, for many a test walks into them on its way.
pub(super) struct Refusals(pub Arc<dyn Store<accounts::Change>>);

#[async_trait]
impl Store<accounts::Change> for Refusals {
    async fn commit(&self, unit: UnitOfWork<accounts::Change>) -> Result<(), CommitError> {
        let looked_for = [Outcome::Refused("permission_denied"), Outcome::Refused("step_up_required")];
        let entry = unit.evidence.audit.first();
        let lacks = entry.is_some_and(|it| looked_for.contains(&it.outcome) && it.target.id != "organization.enter");
        if lacks { self.0.commit(unit).await } else { Ok(()) }
    }

    async fn recall(&self, key: &OnceKey) -> Result<Option<Remembered>, Fault> {
        self.0.recall(key).await
    }
}
