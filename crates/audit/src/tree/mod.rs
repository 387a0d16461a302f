//! The Merkle tree of RFC 6962: leaves in order, and what their hashes come to.

mod frontier;
mod proof;
mod range;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

pub use frontier::Frontier;
pub use proof::{consistency, inclusion, is_consistent, is_included};
pub use range::{Range, Subtree};

/// A SHA-256 hash. It is told in base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The root of a log without entries (RFC 6962, section 2.1).
    #[must_use]
    pub fn of_nothing() -> Self {
        Self(Sha256::digest([]).into())
    }

    /// Of a leaf. What leaves and nodes are hashed with differs, so that neither passes for the other.
    #[must_use]
    pub fn of_leaf(data: &[u8]) -> Self {
        Self(Sha256::new_with_prefix([0]).chain_update(data).finalize().into())
    }

    /// Of the node above two.
    #[must_use]
    pub fn of_node(left: Self, right: Self) -> Self {
        Self(Sha256::new_with_prefix([1]).chain_update(left.0).chain_update(right.0).finalize().into())
    }

    /// `None` for what is no hash in base64.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// `None` where it is not 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
