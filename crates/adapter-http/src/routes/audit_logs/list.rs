use actix_web::web::{Data, Json};
use audit::Filter;
use kernel::Problems;
use serde::Deserialize;
use utoipa::ToSchema;

use super::entry::AuditEntry;
use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::needed::AuditView;
use crate::extract::{Allowed, Asked, Listing};
use crate::routes::times::time;

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
