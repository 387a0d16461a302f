use std::sync::atomic::{AtomicU64, Ordering};

/// How often somebody looked and found, and looked in vain.
#[derive(Debug, Default)]
pub struct Tally {
    found: AtomicU64,
    missed: AtomicU64,
}

impl Tally {
    /// Somebody looked.
    pub fn count(&self, found: bool) {
        let side = if found { &self.found } else { &self.missed };
        side.fetch_add(1, Ordering::Relaxed);
    }

    /// How often something was found, and how often not.
    #[must_use]
    pub fn read(&self) -> (u64, u64) {
        (self.found.load(Ordering::Relaxed), self.missed.load(Ordering::Relaxed))
    }
}
