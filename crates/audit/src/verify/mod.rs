//! Whether a log is what was signed, and what is wrong where it is not.

mod dropped;
mod export;
mod finding;
mod placed;
mod walk;

use kernel::{AuditId, OrganizationId, Time};

pub use dropped::{DropNote, Dropped};
pub use export::{BadExport, ExportCheck};
pub use finding::Finding;
pub use placed::{Placed, examine};
pub use walk::Walk;

use crate::note::Standing;
use crate::{Entry, Hash, Head};

/// A leaf as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Where it stands.
    pub index: u64,
    /// Whose it is.
    pub entry: AuditId,
    /// When that was.
    pub at: Time,
    /// Which organization's.
    pub organization: Option<OrganizationId>,
    /// Its hash, and those of the subtrees it fills, the smallest first.
    pub hashes: Vec<Hash>,
}

impl Leaf {
    /// Whether it is kept as the leaf of this entry: of its moment, and of its organization.
    fn is_of(&self, entry: &Entry) -> bool {
        self.at == entry.at && self.organization == entry.organization
    }
}

/// A head to hold the log to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sworn {
    /// What it tells.
    pub head: Head,
    /// Who stands behind it.
    pub standing: Standing,
    /// Whether the log itself keeps it; else it is somebody's who kept it elsewhere.
    pub kept: bool,
}

/// What was looked at, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many entries were looked at.
    pub entries: u64,
    /// How many of them retention has dropped: of these only the hash is left.
    pub dropped: u64,
    /// How many details about people were erased: of these only the commitment is left.
    pub erased: u64,
    /// How many entries wait to be taken up: nothing proves them yet.
    pub waiting: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// How much more is wrong than is told.
    pub more: u64,
}

impl Report {
    /// Of what is wrong no more is told: somebody must look anyway.
    const MOST: usize = 1_000;

    /// Whether nothing was found.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.findings.is_empty()
    }

    /// Something is wrong.
    pub fn add(&mut self, finding: Finding) {
        if self.findings.len() < Self::MOST {
            self.findings.push(finding);
        } else {
            self.more += 1;
        }
    }
}
