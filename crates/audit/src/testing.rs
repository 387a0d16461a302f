//! Entries, logs and a signer for tests, here and in services that link us.

use kernel::testing::{NOON, nth};
use kernel::{Id, UserId};
use serde_json::{Value, json};

use crate::note::Standing;
use crate::ports::{LeafSealer, Signer, Verifier};
use crate::tree::{Frontier, Subtree, inclusion};
use crate::verify::{Leaf, Placed, Sworn};
use crate::{Author, Detail, Entry, Head, Personal};

/// The nth: a role was changed.
#[must_use]
pub fn entry(n: u64) -> Entry {
    let ada = nth::<UserId>(7).uuid();
    let said = |key: &str, after: &str| Detail { key: key.to_owned(), before: Value::Null, after: after.into() };
    Entry {
        id: nth(n),
        at: NOON + chrono::TimeDelta::seconds(i64::try_from(n).unwrap_or_default() - 1),
        actor_kind: "user".to_owned(),
        actor_id: Some(ada),
        actor_credential: Some(nth::<UserId>(8).uuid()),
        action: "member.role_changed".to_owned(),
        target_kind: "user".to_owned(),
        target_id: nth::<UserId>(9).to_string(),
        scope_kind: "organization".to_owned(),
        scope_id: Some(nth::<UserId>(3).uuid()),
        organization: Some(nth(3)),
        refused: None,
        request_id: format!("request {n}"),
        public: vec![Detail { key: "role".to_owned(), before: json!("member"), after: json!("admin") }],
        personal: vec![
            Personal::new(Some(ada), said("address", "192.0.2.1"), [1; 16]),
            Personal::new(Some(ada), said("email", "ada@example.com"), [2; 16]),
        ],
    }
}

/// Signs by adding up: whoever knows its number can, and nobody tests more than what is signed with it.
pub struct SumSigner(pub u8);

impl SumSigner {
    fn sum(key: u8, text: &[u8]) -> [u8; 64] {
        let sum = text.iter().fold(u64::from(key), |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
        let mut signature = [key; 64];
        signature[..8].copy_from_slice(&sum.to_be_bytes());
        signature
    }
}

impl Signer for SumSigner {
    fn key(&self) -> [u8; 32] {
        [self.0; 32]
    }

    fn former_keys(&self) -> Vec<[u8; 32]> {
        Vec::new()
    }

    fn sign(&self, text: &[u8]) -> [u8; 64] {
        Self::sum(self.0, text)
    }
}

impl LeafSealer for SumSigner {
    fn seal(&self, text: &[u8]) -> Vec<u8> {
        Self::sum(self.0, text).to_vec()
    }

    fn author(&self, text: &[u8], seal: &[u8]) -> Author {
        match seal.last() {
            Some(key) if *key != self.0 => Author::Unknown,
            _ if *seal == Self::sum(self.0, text) => Author::Ours,
            _ => Author::Stranger,
        }
    }
}

impl Verifier for SumSigner {
    fn has_signed(&self, key: &[u8; 32], text: &[u8], signature: &[u8; 64]) -> bool {
        Self::sum(key[0], text) == *signature
    }
}

/// A log of so many entries, and what it comes to.
#[must_use]
pub fn log(size: u64) -> (Vec<(Leaf, Option<Entry>)>, Head) {
    log_of((1..=size).map(entry).collect())
}

/// A log of these.
#[must_use]
pub fn log_of(entries: Vec<Entry>) -> (Vec<(Leaf, Option<Entry>)>, Head) {
    let mut frontier = Frontier::default();
    let mut leaves = Vec::new();
    for (index, entry) in (0..).zip(entries) {
        let hashes = frontier.push(entry.hash());
        let (id, at, organization) = (entry.id, entry.at, entry.organization);
        leaves.push((Leaf { index, entry: id, at, organization, hashes }, Some(entry)));
    }
    let head = Head::new("here", frontier.size(), frontier.root());
    (leaves, head)
}

/// Each with its proof against the whole.
#[must_use]
pub fn placed(leaves: &[(Leaf, Option<Entry>)]) -> Vec<Placed> {
    let size = leaves.len() as u64;
    let known = |it: Subtree| leaves[usize::try_from(it.last).ok()?].0.hashes.get(it.height as usize).copied();
    let proof = |index| inclusion(index, size).into_iter().filter_map(|it| it.hash(known)).collect();
    leaves
        .iter()
        .map(|(leaf, entry)| Placed { leaf: leaf.clone(), proof: proof(leaf.index), entry: entry.clone() })
        .collect()
}

/// A head of ours.
#[must_use]
pub fn sworn(head: Head) -> Sworn {
    Sworn { head, standing: Standing::Signed, kept: true }
}

/// The heads it had at these sizes.
#[must_use]
pub fn heads(leaves: &[(Leaf, Option<Entry>)], sizes: &[u64]) -> Vec<Sworn> {
    let root = |size: u64| {
        let mut frontier = Frontier::default();
        for (leaf, _) in &leaves[..usize::try_from(size).unwrap_or_default()] {
            frontier.push(leaf.hashes[0]);
        }
        frontier.root()
    };
    sizes.iter().map(|size| sworn(Head::new("here", *size, root(*size)))).collect()
}
