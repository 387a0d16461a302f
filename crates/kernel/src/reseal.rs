use async_trait::async_trait;

use crate::Fault;

/// What is sealed, when the key it is sealed under is replaced.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Resealing: Send + Sync {
    /// RESEAL-1 MUST leave nothing sealed that opens and is not sealed as it would be now ([`crate::Sealer::is_current`]),
    /// beside whatever else is written meanwhile, on any number of nodes at once.
    /// RESEAL-2 MUST leave what does not open as it is, never write over what has changed meanwhile, and say how many there
    /// were of what it sealed anew and of what did not open, though somebody still opens it: what retired keys for access
    /// tokens were, nobody asks.
    async fn reseal(&self) -> Result<Resealed, Fault>;
}

/// What became of what was sealed otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// So many were sealed anew.
    pub resealed: u64,
    /// So many are wanted and do not open under any key that is known: they are as they were.
    pub unopened: u64,
}
