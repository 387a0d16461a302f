use async_trait::async_trait;

use crate::{Change, Fault, OnceKey, Remembered, UnitOfWork};

/// A unique value that somebody else already has; the name of its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken(pub &'static str);

/// Why a unit was not committed. Nothing of it is visible then.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// What was decided on has moved on; decide again.
    #[error("stale")]
    Stale,
    /// A unique value exists.
    #[error("{} is taken", .0.0)]
    Taken(Taken),
    /// The unit's once key was committed before.
    #[error("remembered")]
    Remembered(Remembered),
    /// Anything else.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The one write port.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Store<C: Change>: Send + Sync {
    /// STORE-1 MUST apply the whole unit or nothing, never partly visible.
    /// STORE-2 MUST answer Stale when a guard or an expected version has moved on.
    /// STORE-3 MUST answer Taken(field) when a unique value exists.
    /// STORE-4 MUST answer Remembered when the unit's once key was committed before.
    async fn commit(&self, unit: UnitOfWork<C>) -> Result<(), CommitError>;

    /// STORE-5 MUST answer what was remembered under a key until it expires, and nothing for any other key.
    async fn recall(&self, key: &OnceKey) -> Result<Option<Remembered>, Fault>;
}
