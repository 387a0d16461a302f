use actix_web::web::{Data, Json};

use super::entry::AuditEntry;
use super::filter::Wanted;
use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::needed::AuditView;
use crate::extract::{Allowed, Asked, Listing};

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
    let page = app.trail.list(door.organization(), filter.read()?, page).await?;
    Ok(Json(List::of(page, &cursors, AuditEntry::from)))
}
