use kernel::{AuditId, OrganizationId, Time};
use serde_json::Value;

/// An entry as it is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: Time,
    /// `user`, `token` (a person, through a personal token), `key`, `system` or `nobody`.
    pub actor_kind: String,
    /// Which person or key; absent for nobody and the system.
    pub actor_id: Option<String>,
    /// Through which token, where it was one.
    pub actor_token: Option<String>,
    /// What was done; the event's name where there is one.
    pub action: String,
    /// To which kind of thing.
    pub target_kind: String,
    /// To which one.
    pub target_id: String,
    /// Which organization may read it.
    pub organization: Option<OrganizationId>,
    /// Why it was refused; absent where it was done.
    pub refused: Option<String>,
    /// The request it came with.
    pub request_id: String,
    /// From which address.
    pub address: Option<String>,
    /// With which user agent.
    pub agent: Option<String>,
    /// What changed, and what else is to be said.
    pub details: Vec<Detail>,
}

/// One field of an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// The field.
    pub key: String,
    /// What it was; null where there was nothing.
    pub before: Value,
    /// What it is; null where there is nothing, or where it was erased.
    pub after: Value,
}
