//! What all ways in have in common.

use std::sync::Arc;

use accounts::Joining;
use identity::{CheckPasskey, CheckPassword, CheckSecondFactor, Doorway, Gate, Renewal};

use crate::foundation::Foundation;
use crate::wiring::Shared;

/// What proves who somebody is, and where that leads to.
pub struct Proving {
    pub check: Arc<CheckPassword>,
    pub passkeys: Arc<CheckPasskey>,
    pub second: Arc<CheckSecondFactor>,
    pub doorway: Arc<Doorway>,
    pub renewal: Arc<Renewal>,
    pub joining: Arc<Joining>,
}

impl Proving {
    /// One of each for the whole node: who guesses at two doors waits at one gate.
    pub fn of(shared: &Shared<'_>) -> Self {
        let Foundation { database, node, store, hasher, .. } = &shared.foundation;
        let passkeys = Arc::new(CheckPasskey {
            ceremonies: shared.ceremonies.clone(),
            ephemeral: shared.short_lived.ephemeral.clone(),
            passkeys: database.clone(),
        });
        Self {
            check: Arc::new(CheckPassword {
                store: store.clone(),
                users: database.clone(),
                attempts: store.clone(),
                hasher: hasher.clone(),
                settings: node.clone(),
                gate: Gate::default(),
            }),
            second: Arc::new(CheckSecondFactor {
                totps: store.clone(),
                attempts: store.clone(),
                passkeys: passkeys.clone(),
                gate: Gate::default(),
            }),
            passkeys,
            doorway: Arc::new(Doorway {
                standings: database.clone(),
                sessions: database.clone(),
                tokens: shared.tokens.clone(),
                settings: node.clone(),
            }),
            renewal: Arc::new(Renewal {
                sessions: database.clone(),
                standings: database.clone(),
                tokens: shared.tokens.clone(),
            }),
            joining: Arc::new(Joining {
                invitations: database.clone(),
                organizations: database.clone(),
                users: database.clone(),
                keys: database.clone(),
                node: node.clone(),
                tokens: shared.tokens.clone(),
            }),
        }
    }
}
