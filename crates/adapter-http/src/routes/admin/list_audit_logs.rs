use actix_web::web::{Data, Json};

use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::{Administrator, Asked, Listing};
use crate::routes::audit_logs::{AuditEntry, Wanted};

/// What was done outside of any organization, and what was refused
///
/// What concerns the installation, and what people did or had done to them outside of any: sign-ins that failed, locks, changes
/// of passwords and second factors. An organization's log is its own.
#[utoipa::path(get, path = "/admin/audit-logs", tag = "admin", responses(
    (status = 200, description = "The entries, newest first.", body = List<AuditEntry>),
))]
pub(super) async fn list_outside_audit_logs(
    door: Administrator,
    app: Data<App>,
    listing: Listing<Wanted>,
) -> Result<Json<List<AuditEntry>>, ApiError> {
    let Asked { filter, page, cursors } = listing.by(&door.act)?;
    let page = app.trail.outside(filter.read()?, page).await?;
    Ok(Json(List::of(page, &cursors, AuditEntry::from)))
}
