use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use kernel::OrganizationId;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// Writers of one organization's authorization go one after the other within this process, before they hold a connection:
/// so their races rarely reach the database as staleness.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<OrganizationId, Weak<Turn<()>>>>);

impl Turns {
    /// Waits for all of these, which come in order.
    pub(crate) async fn take(&self, organizations: Vec<OrganizationId>) -> Vec<OwnedMutexGuard<()>> {
        let mut taken = Vec::with_capacity(organizations.len());
        for organization in organizations {
            taken.push(self.of(organization).lock_owned().await);
        }
        taken
    }

    fn of(&self, organization: OrganizationId) -> Arc<Turn<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = turns.get(&organization).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::default();
        turns.insert(organization, Arc::downgrade(&turn));
        turn
    }
}
