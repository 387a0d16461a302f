use std::sync::Arc;

use kernel::{Act, Decided, Store, carry_out};

use crate::manage_subscription::settle;
use crate::model::Subscription;
use crate::ports::{Catalogue, Subscriptions};
use crate::{Change, Error};

/// Writes what time alone does to subscriptions, and announces it.
pub struct MoveSubscriptions {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// What there is.
    pub catalogue: Arc<dyn Catalogue>,
    /// Who has what.
    pub subscriptions: Arc<dyn Subscriptions>,
}

impl MoveSubscriptions {
    const AT_ONCE: u8 = 50;

    /// Whether there were any, the most overdue first. Each is a unit of its own; of two that move the same one at once, one
    /// finds it moved.
    pub async fn run(&self, act: &Act) -> Result<bool, Error> {
        let due = self.subscriptions.due(act.at, Self::AT_ONCE).await?;
        let mut outcome = Ok(!due.is_empty());
        for subscription in due {
            // One that can't be moved holds up no other.
            if let Err(error) = self.settle(act, &subscription).await {
                outcome = Err(error);
            }
        }
        outcome
    }

    async fn settle(&self, act: &Act, due: &Subscription) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let Some(written) = self.subscriptions.by_id(due.id).await? else { return Ok(Decided::Nothing(())) };
            let service = self.catalogue.service(&written.service).await?;
            Ok(match settle(act, &written, service.as_ref()) {
                Some((unit, _)) => Decided::Done(unit, ()),
                None => Decided::Nothing(()),
            })
        })
        .await
    }
}

#[cfg(test)]
mod tests;
