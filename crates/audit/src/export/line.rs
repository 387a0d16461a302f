//! An export that proves itself: JSON Lines, of which the first tells the checkpoint, the last what all of them come to.

use kernel::{Id, OrganizationId, Time, rfc3339};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::tree::Frontier;
use crate::verify::{Leaf, Placed};
use crate::{Detail, Entry, Hash, Head, Notary, Personal};

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    /// What the entries are proved against.
    pub checkpoint: String,
    /// What is checked with.
    pub key: String,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// How many lines there are and what they come to, signed as a checkpoint is, under another name.
    pub manifest: String,
}

impl End {
    const EXPORT: &'static str = "export ";

    /// What it tells; `None` where that is not of an export of this log.
    pub(crate) fn read(&self, origin: &str) -> Option<Head> {
        let said = |it: &Head| it.extensions.first().is_some_and(|it| it.starts_with(Self::EXPORT));
        Head::parse(&self.manifest).filter(|it| it.origin == Head::export_of(origin) && said(it))
    }
}

/// What the lines so far come to.
#[derive(Clone, Debug, Default)]
pub struct Manifest(Frontier);

impl Manifest {
    /// Another line, of the entry with this hash.
    pub fn push(&mut self, leaf: Hash) {
        self.0.push(leaf);
    }

    /// How many there are.
    #[must_use]
    pub const fn lines(&self) -> u64 {
        self.0.size()
    }

    /// What they come to.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.0.root()
    }

    /// The last line: of this organization's entries, chosen so.
    #[must_use]
    pub fn end(&self, notary: &Notary, origin: &str, organization: OrganizationId, chosen: &str) -> End {
        let said = vec![format!("{}{}", End::EXPORT, organization.uuid()), format!("chosen {chosen}")];
        End { manifest: notary.sign(&Head::of_export(origin, self.0.size(), self.0.root(), said)) }
    }
}

/// A line between them: an entry with its proof.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// How many came before it.
    pub line: u64,
    id: Uuid,
    time: String,
    actor: Actor,
    action: String,
    target: Thing,
    scope: Whose,
    organization_id: Option<Uuid>,
    /// Why it was refused; null where it was done.
    refused: Option<String>,
    request_id: String,
    public: Vec<Said>,
    personal: Vec<SaidOfSomebody>,
    proof: Proof,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Actor {
    kind: String,
    id: Option<Uuid>,
    credential: Option<Uuid>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Thing {
    kind: String,
    id: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whose {
    kind: String,
    id: Option<Uuid>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    field: String,
    before: Value,
    after: Value,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidOfSomebody {
    subject: Option<Uuid>,
    field: String,
    before: Value,
    after: Value,
    /// Null where it was erased.
    salt: Option<Uuid>,
    commitment: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Proof {
    index: u64,
    leaf: String,
    hashes: Vec<String>,
}

impl Line {
    /// The line with this number; `None` where the entry or its leaf is not there.
    #[must_use]
    pub fn of(line: u64, placed: Placed) -> Option<Self> {
        let Placed { leaf, proof, entry } = placed;
        let (entry, kept) = (entry?, leaf.hashes.first()?);
        let said = |it: Detail| Said { field: it.key, before: it.before, after: it.after };
        let of_somebody = |it: Personal| SaidOfSomebody {
            salt: (!it.is_erased()).then(|| Uuid::from_bytes(it.salt)),
            subject: it.subject,
            commitment: it.commitment.to_string(),
            field: it.detail.key,
            before: it.detail.before,
            after: it.detail.after,
        };
        Some(Self {
            line,
            id: entry.id.uuid(),
            time: rfc3339(entry.at),
            actor: Actor { kind: entry.actor_kind, id: entry.actor_id, credential: entry.actor_credential },
            action: entry.action,
            target: Thing { kind: entry.target_kind, id: entry.target_id },
            scope: Whose { kind: entry.scope_kind, id: entry.scope_id },
            organization_id: entry.organization.map(Id::uuid),
            refused: entry.refused,
            request_id: entry.request_id,
            public: entry.public.into_iter().map(said).collect(),
            personal: entry.personal.into_iter().map(of_somebody).collect(),
            proof: Proof {
                index: leaf.index,
                leaf: kept.to_string(),
                hashes: proof.iter().map(ToString::to_string).collect(),
            },
        })
    }

    /// What it tells, as it stands in the log; `None` where a part does not read.
    #[must_use]
    pub fn read(self) -> Option<Placed> {
        let detail = |it: Said| Detail { key: it.field, before: it.before, after: it.after };
        let personal = |it: SaidOfSomebody| {
            Some(Personal {
                subject: it.subject,
                detail: Detail { key: it.field, before: it.before, after: it.after },
                salt: it.salt.map_or([0; 16], Uuid::into_bytes),
                commitment: Hash::parse(&it.commitment)?,
            })
        };
        let at: Time = chrono::DateTime::parse_from_rfc3339(&self.time).ok()?.to_utc();
        let entry = Entry {
            id: self.id.into(),
            at,
            actor_kind: self.actor.kind,
            actor_id: self.actor.id,
            actor_credential: self.actor.credential,
            action: self.action,
            target_kind: self.target.kind,
            target_id: self.target.id,
            scope_kind: self.scope.kind,
            scope_id: self.scope.id,
            organization: self.organization_id.map(Into::into),
            refused: self.refused,
            request_id: self.request_id,
            public: self.public.into_iter().map(detail).collect(),
            personal: self.personal.into_iter().map(personal).collect::<Option<_>>()?,
        };
        let (id, organization) = (entry.id, entry.organization);
        let hashes = vec![Hash::parse(&self.proof.leaf)?];
        let leaf = Leaf { index: self.proof.index, entry: id, at, organization, hashes };
        let proof = self.proof.hashes.iter().map(|it| Hash::parse(it)).collect::<Option<_>>()?;
        Some(Placed { leaf, proof, entry: Some(entry) })
    }
}
