use crate::{Fault, Secret};

/// Encryption at rest under a key that is not in the database.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
pub trait Sealer: Send + Sync {
    /// SEALER-1 MUST make of equal texts different results. SEALER-2 MUST bind the result to `place` (a row's identity),
    /// so that it opens nowhere else.
    fn seal(&self, place: &str, text: &Secret) -> Vec<u8>;

    /// SEALER-3 MUST refuse what was changed, moved to another place, or sealed under an unknown key.
    fn open(&self, place: &str, sealed: &[u8]) -> Result<Secret, Fault>;

    /// SEALER-4 MUST say of what was sealed under another key than it would be now that it is not current.
    fn is_current(&self, sealed: &[u8]) -> bool;
}
