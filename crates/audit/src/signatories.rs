use std::sync::Arc;

use crate::Head;
use crate::note::{self, Standing, VerifierKey};
use crate::ports::Verifier;

/// Knows whose signatures count. It needs no secret.
#[derive(Clone)]
pub struct Signatories {
    /// What new checkpoints are signed with.
    pub key: [u8; 32],
    /// What older ones may be signed with too.
    pub former: Vec<[u8; 32]>,
    /// Checks signatures.
    pub verifier: Arc<dyn Verifier>,
}

impl Signatories {
    /// What a checkpoint tells, and whether one of them stands behind it; `None` for what is none.
    #[must_use]
    pub fn read(&self, checkpoint: &str) -> Option<(Head, Standing)> {
        let head = Head::of_log(checkpoint)?;
        let keys = std::iter::once(&self.key).chain(&self.former);
        let known: Vec<_> = keys.map(|key| VerifierKey { name: head.origin.clone(), key: *key }).collect();
        let standing = note::standing(checkpoint, &known, self.verifier.as_ref());
        Some((head, standing))
    }

    /// What others check the checkpoints of this log with.
    #[must_use]
    pub fn key_of(&self, origin: &str) -> VerifierKey {
        VerifierKey { name: origin.to_owned(), key: self.key }
    }
}
