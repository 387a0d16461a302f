use actix_web::web::{Data, Json};

use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::Allowed;
use crate::extract::needed::TeamManageRoles;
use crate::routes::permissions::PermissionDetails;

/// All permissions there are: the system's and the organization's own
#[utoipa::path(get, path = "/team/permissions", tag = "team", responses(
    (status = 200, description = "In order.", body = List<PermissionDetails>),
))]
pub(super) async fn list_team_permissions(
    door: Allowed<TeamManageRoles>,
    app: Data<App>,
) -> Result<Json<List<PermissionDetails>>, ApiError> {
    Ok(Json(PermissionDetails::all(&app, door.organization()).await?))
}
