use actix_web::web::{Data, Json};
use audit::{Entry, Filter};
use chrono::{DateTime, SubsecRound, Utc};
use kernel::{Id, Problems, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::answer::{List, Moment};
use crate::error::ApiError;
use crate::extract::needed::AuditView;
use crate::extract::{Allowed, Asked, Listing};

/// Which entries are wanted; all conditions hold together.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// The id of who did it.
    actor: Option<String>,
    /// What was done, such as `invitation.created`.
    action: Option<String>,
    /// The id of what it was done to.
    target: Option<String>,
    /// At or after; RFC 3339.
    #[schema(format = DateTime)]
    from: Option<String>,
    /// Before; RFC 3339.
    #[schema(format = DateTime)]
    to: Option<String>,
}

/// Something that was done, or refused.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditEntry {
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
pub(super) struct AuditActor {
    /// `user`, `system` or `nobody`.
    #[schema(example = "user")]
    kind: String,
    #[schema(required)]
    id: Option<String>,
}

/// What it was done to.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditTarget {
    #[schema(example = "invitation")]
    kind: String,
    id: String,
}

/// One field, before and after.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditChange {
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
            actor: AuditActor { kind: entry.actor_kind, id: entry.actor_id },
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

/// What was done in the organization, and what was refused
#[utoipa::path(get, path = "/audit-logs", tag = "audit", responses(
    (status = 200, description = "The entries, newest first.", body = List<AuditEntry>),
))]
pub(super) async fn list_audit_logs(
    door: Allowed<AuditView>,
    app: Data<App>,
    listing: Listing<Wanted>,
) -> Result<Json<List<AuditEntry>>, ApiError> {
    let Asked { filter, page, cursors } = listing.by(&door.act)?;
    let page = app.trail.list(door.organization(), read(filter)?, page).await?;
    Ok(Json(List::of(page, &cursors, AuditEntry::from)))
}

fn read(wanted: Wanted) -> Result<Filter, Problems> {
    let mut problems = Problems::default();
    let from = time(&mut problems, "from", wanted.from.as_deref());
    let to = time(&mut problems, "to", wanted.to.as_deref());
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Filter { actor: wanted.actor, action: wanted.action, target: wanted.target, from, to })
}

fn time(problems: &mut Problems, field: &'static str, text: Option<&str>) -> Option<Time> {
    let parsed = DateTime::parse_from_rfc3339(text?).ok().map(|it| it.with_timezone(&Utc).trunc_subsecs(6));
    problems.check(field, parsed, &format!("The {field} field must be a time such as 2026-01-15T12:00:00Z."))
}
