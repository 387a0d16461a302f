use std::sync::Arc;

use kernel::{Act, Decided, Fault, OrganizationId, Store, Taken, UnitOfWork, carry_out};

use crate::{Action, Change, Filter};

/// Writes down that entries, or a report, leave the house.
pub struct RecordExport {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
}

struct Failed(Fault);

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

impl From<Taken> for Failed {
    fn from(taken: Taken) -> Self {
        Self(Fault::defect(format!("{} is taken by an export", taken.0)))
    }
}

impl RecordExport {
    /// Before the first of it is sent: what can't be written down is not handed out.
    pub async fn run(&self, act: &Act, organization: OrganizationId, what: &str, filter: &Filter) -> Result<(), Fault> {
        let action = Action::Exported { organization, what: what.to_owned(), filter: filter.clone() };
        let written = carry_out(self.store.as_ref(), act, || {
            std::future::ready(Ok::<_, Failed>(Decided::Done(UnitOfWork::of(act, &action), ())))
        });
        written.await.map_err(|Failed(fault)| fault)
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{Units, act, nth};
    use kernel::{CommitError, MockStore};

    use super::*;

    #[tokio::test]
    async fn an_export_is_written_down() {
        let units: Arc<Units<Change>> = Arc::default();
        let record = RecordExport { store: units.clone() };
        record.run(&act(), nth(3), "audit-logs.csv", &Filter::default()).await.unwrap();
        let entry = &units.all()[0].evidence.audit[0];
        assert_eq!((entry.action, entry.organization), ("audit.exported", Some(nth(3))));
    }

    #[tokio::test]
    async fn what_can_not_be_written_down_is_not_done() {
        let mut store = MockStore::<Change>::new();
        store.expect_recall().returning(|_| Ok(None));
        store.expect_commit().returning(|_| Err(CommitError::Fault(Fault::Contended)));
        let record = RecordExport { store: Arc::new(store) };
        assert!(record.run(&act(), nth(3), "audit-logs.csv", &Filter::default()).await.is_err());
    }
}
