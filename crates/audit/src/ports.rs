//! What this domain needs of the world.

use async_trait::async_trait;
use kernel::{Act, AuditId, Cursor, Fault, OrganizationId, Page, PageRequest, Time};

use crate::verify::{DropNote, Leaf, Placed};
use crate::{Author, Entry, Filter, Hash, Head, Waits};

/// Reads the audit log.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Trail: Send + Sync {
    /// An organization's entries, newest first; nobody else's, ever. A cursor that is not one begins anew.
    async fn list(&self, organization: OrganizationId, filter: Filter, page: PageRequest)
    -> Result<Page<Entry>, Fault>;

    /// The entries that are no organization's, newest first: what concerns the installation, and what people did or had done to
    /// them outside of any. TRAIL-1 MUST answer all of these that the filter lets through, each once, and never an
    /// organization's. A cursor that is not one begins anew.
    async fn outside(&self, filter: Filter, page: PageRequest) -> Result<Page<Entry>, Fault>;
}

/// Checks signatures by Ed25519.
pub trait Verifier: Send + Sync {
    /// Whether the owner of a key has signed a text.
    fn has_signed(&self, key: &[u8; 32], text: &[u8], signature: &[u8; 64]) -> bool;
}

/// Signs, with Ed25519, what the log comes to.
pub trait Signer: Verifier {
    /// What its signatures are checked with.
    fn key(&self) -> [u8; 32];

    /// What those were checked with that it made under an earlier secret.
    fn former_keys(&self) -> Vec<[u8; 32]>;

    /// The signature of a text.
    fn sign(&self, text: &[u8]) -> [u8; 64];
}

/// Chains leaves into the log.
///
/// LOG-1 MUST take up each committed entry exactly once, however many do it at once, and leave none out whatever the order
/// in which they were committed.
/// LOG-2 MUST sign what the log comes to in the same step, and never add to a log whose newest checkpoint is not its own.
/// LOG-3 MUST NOT take up what somebody else wrote that can write to the database: what a log that has begun finds unsealed,
/// sealed for another entry, or waiting again, it strikes out of those that wait, so that it is found.
/// LOG-4 MUST leave waiting what is sealed by a key that is not known: whoever knows it takes it up.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Sequencing: Send + Sync {
    /// Takes up some of those that wait. Answers whether there may be more; where another does it already there are not.
    async fn sequence(&self, at: Time) -> Result<bool, Fault>;
}

/// Shows of a leaf that waits who wrote it.
///
/// LEAF-1 MUST NOT be made or fitted to another text by who knows no key, however many seals they have seen.
/// LEAF-2 MUST tell a key that is not known from a seal that is not good.
pub trait LeafSealer: Send + Sync {
    /// The seal of a text.
    fn seal(&self, text: &[u8]) -> Vec<u8>;

    /// Who sealed a text so.
    fn author(&self, text: &[u8], seal: &[u8]) -> Author;
}

/// Reads the log: its leaves, and what proves them.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Log: Send + Sync {
    /// Its newest checkpoint; absent while it has none.
    async fn checkpoint(&self) -> Result<Option<String>, Fault>;

    /// All checkpoints it keeps, the smallest first.
    async fn checkpoints(&self) -> Result<Vec<String>, Fault>;

    /// The leaf of an organization's entry, with its proof against this size; absent where there is no such entry. Its entry
    /// is absent where retention has dropped it.
    async fn placed(&self, organization: OrganizationId, entry: AuditId, size: u64) -> Result<Option<Placed>, Fault>;

    /// The leaves of these entries that stand within this size, with their proofs; without the entries themselves.
    async fn proofs(&self, entries: &[AuditId], size: u64) -> Result<Vec<Placed>, Fault>;

    /// Some of those that wait to be taken up, by their moment.
    async fn waiting(&self, after: Option<Cursor>) -> Result<WaitingPage, Fault>;

    /// Whether the entry waits to be taken up.
    async fn waits(&self, organization: OrganizationId, entry: AuditId) -> Result<bool, Fault>;

    /// An organization's leaves from this index on, with their entries and proofs against this size.
    async fn of(&self, organization: OrganizationId, from: u64, size: u64, most: u16) -> Result<Vec<Placed>, Fault>;

    /// Proof that the log of this size begins with the log of that size.
    async fn consistency(&self, before: u64, size: u64) -> Result<Vec<Hash>, Fault>;

    /// The leaves from this index on, with their entries.
    async fn leaves(&self, from: u64, most: u16) -> Result<Vec<(Leaf, Option<Entry>)>, Fault>;

    /// Looks at some entries, an organization's or all there are, for those that have no leaf and do not wait for one.
    async fn strays(&self, organization: Option<OrganizationId>, after: Option<Cursor>) -> Result<Strays, Fault>;

    /// The newest entry that tells what retention has dropped, of those that have a leaf or wait for one.
    async fn dropped(&self) -> Result<Option<DropNote>, Fault>;
}

/// Keeps entries month by month.
///
/// KEEPING-1 MUST open a month once, and leave alone one that has begun without.
/// KEEPING-2 MUST drop what is before a moment and nothing else, write down how many that were in all in the same step, and
/// keep their leaves; not what the log has not taken up yet.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Keeping: Send + Sync {
    /// The month that begins with this moment.
    async fn open(&self, month: Time) -> Result<(), Fault>;

    /// Lets go of all entries before this moment, the beginning of a month.
    async fn drop_before(&self, act: &Act, before: Time) -> Result<(), Fault>;
}

/// Leaves that wait.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WaitingPage {
    /// Which.
    pub waits: Vec<Waits>,
    /// Where it goes on; absent at the end.
    pub next: Option<Cursor>,
}

/// Entries that the log does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strays {
    /// Which.
    pub entries: Vec<AuditId>,
    /// How many of those that were looked at wait for a leaf.
    pub waiting: u64,
    /// Where it goes on; absent at the end.
    pub next: Option<Cursor>,
}

/// Moves the log to another key.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Resigning: Send + Sync {
    /// Takes up what waits, and signs the newest head anew. Where nobody known has signed it, that is done only where `unseen`,
    /// and what waits is taken up as it is. Answers what the log comes to.
    async fn resign(&self, at: Time, unseen: bool) -> Result<Option<Head>, Fault>;
}
