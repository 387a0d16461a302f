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
    #[schema(example = "permission_denied")]
    reason: Option<String>,
    #[schema(required, example = "203.0.113.7")]
    ip: Option<String>,
    #[schema(required, example = "curl/8.5.0")]
    agent: Option<String>,
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
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
    #[schema(required, example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    id: Option<String>,
    /// Through which personal token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    token_id: Option<String>,
}

/// What it was done to.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditTarget {
    #[schema(example = "invitation")]
    kind: String,
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
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
        let change = |it: &audit::Detail| AuditChange {
            field: it.key.clone(),
            before: it.before.clone(),
            after: it.after.clone(),
        };
        let token = entry.actor_credential.filter(|_| entry.actor_kind == "token");
        Self {
            id: entry.id.uuid(),
            time: Moment(entry.at),
            ip: entry.address().map(str::to_owned),
            agent: entry.agent().map(str::to_owned),
            changes: entry.details().map(change).collect(),
            actor: AuditActor {
                id: entry.actor_id.map(|it| it.to_string()),
                token_id: token.map(|it| it.to_string()),
                kind: entry.actor_kind,
            },
            action: entry.action,
            target: AuditTarget { kind: entry.target_kind, id: entry.target_id },
            organization_id: entry.organization.map(Id::uuid),
            outcome: if entry.refused.is_some() { "refused" } else { "done" },
            reason: entry.refused,
            request_id: entry.request_id,
        }
    }
}
