use std::sync::Arc;

use kernel::{Act, Decided, Store, UnitOfWork, UserId, carry_out};

use crate::{Action, Change, Error};

/// Writes down that somebody takes along all that is stored about them.
pub struct RecordDataExport {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
}

impl RecordDataExport {
    /// Before the first of it is sent: what can't be written down is not handed out.
    pub async fn run(&self, act: &Act, user: UserId) -> Result<(), Error> {
        let action = Action::UserExported(user);
        carry_out(self.store.as_ref(), act, || std::future::ready(Ok(Decided::Done(UnitOfWork::of(act, &action), ()))))
            .await
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{act, nth};
    use kernel::{CommitError, Fault, Outcome};

    use super::*;
    use crate::world::World;

    #[tokio::test]
    async fn an_export_is_written_down() {
        let world = World::john();
        RecordDataExport { store: world.store() }.run(&act(), nth(50)).await.unwrap();
        assert_eq!(world.written(), [("user.exported", Outcome::Done)]);
    }

    #[tokio::test]
    async fn what_can_not_be_written_down_is_not_done() {
        let world = World::john().failing([CommitError::Fault(Fault::Contended)]);
        assert!(RecordDataExport { store: world.store() }.run(&act(), nth(50)).await.is_err());
    }
}
