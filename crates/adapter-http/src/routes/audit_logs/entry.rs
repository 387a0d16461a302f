use audit::Entry;
use kernel::Id;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::Moment;

/// Something that was done, or refused.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditEntry {
    id: Uuid,
    time: Moment,
    actor: AuditActor,
    /// The event's name, where there is an event.
    #[schema(example = "invitation.created")]
    action: String,
    target: AuditTarget,
    /// Null for what a user did outside of any organization.
    #[schema(required)]
    organization_id: Option<Uuid>,
    /// `done` or `refused`.
    #[schema(example = "done")]
    outcome: &'static str,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[schema(required)]
    ip: Option<String>,
    #[schema(required)]
    agent: Option<String>,
    request_id: String,
    changes: Vec<AuditChange>,
}

/// Who did it.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditActor {
    /// `user`, `token` (a person, through a personal token), `key`, `system` or `nobody`.
    #[schema(example = "user")]
    kind: String,
    /// Which person or key; null for nobody and the system.
    #[schema(required)]
    id: Option<String>,
    /// Through which personal token.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_id: Option<String>,
}

/// What it was done to.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditTarget {
    #[schema(example = "invitation")]
    kind: String,
    id: String,
}

/// One field, before and after.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditChange {
    #[schema(example = "role")]
    field: String,
    before: Value,
    after: Value,
}

impl From<Entry> for AuditEntry {
    fn from(entry: Entry) -> Self {
        let change = |it: audit::Detail| AuditChange { field: it.key, before: it.before, after: it.after };
        Self {
            id: entry.id.uuid(),
            time: Moment(entry.at),
            actor: AuditActor { kind: entry.actor_kind, id: entry.actor_id, token_id: entry.actor_token },
            action: entry.action,
            target: AuditTarget { kind: entry.target_kind, id: entry.target_id },
            organization_id: entry.organization.map(Id::uuid),
            outcome: if entry.refused.is_some() { "refused" } else { "done" },
            reason: entry.refused,
            ip: entry.address,
            agent: entry.agent,
            request_id: entry.request_id,
            changes: entry.details.into_iter().map(change).collect(),
        }
    }
}
