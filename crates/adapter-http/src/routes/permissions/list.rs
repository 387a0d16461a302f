use actix_web::web::{Data, Json};

use super::PermissionDetails;
use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::Allowed;
use crate::extract::needed::TeamManageRoles;

/// All permissions there are: the system's and the organization's own
#[utoipa::path(get, path = "/permissions", tag = "permissions", responses(
    (status = 200, description = "In order.", body = List<PermissionDetails>),
))]
pub(super) async fn list_permissions(
    door: Allowed<TeamManageRoles>,
    app: Data<App>,
) -> Result<Json<List<PermissionDetails>>, ApiError> {
    Ok(Json(PermissionDetails::all(&app, door.organization()).await?))
}
