use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use super::PermissionDetails;
use crate::App;
use crate::answer::Created;
use crate::error::ApiError;
use crate::extract::needed::TeamManageRoles;
use crate::extract::{Creating, InOwnRight};

/// A permission for the organization's own applications.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PermissionRequest {
    /// `resource.action`; no resource of Portcullis's own.
    #[schema(min_length = 3, max_length = 100, example = "hives.open")]
    key: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 200, example = "Open a hive.")]
    description: String,
}

/// Declare a permission for the organization's own applications
///
/// They ask about it by POST /permissions/check. Owners hold it at once.
#[utoipa::path(post, path = "/permissions", tag = "permissions", request_body = PermissionRequest, responses(
    (status = 201, description = "The permission.", body = PermissionDetails),
    (status = 409, description = "It is declared already, or there are too many (`permission_taken`, `too_many`)."),
))]
pub(super) async fn declare_permission(
    door: InOwnRight<TeamManageRoles>,
    app: Data<App>,
    body: Creating<PermissionRequest>,
) -> Result<Created<PermissionDetails>, ApiError> {
    let (act, PermissionRequest { key, description }) = body.by(&door.act)?;
    Ok(Created(app.declare_permission.run(&act, door.organization(), &key, &description).await?.into()))
}
