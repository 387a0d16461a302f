use actix_web::web::{Data, Json};

use super::Role;
use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::Allowed;
use crate::extract::needed::TeamView;

/// The roles there are
#[utoipa::path(get, path = "/team/roles", tag = "team", responses(
    (status = 200, description = "The system's, then the organization's own, the oldest first.", body = List<Role>),
))]
pub(super) async fn list_roles(door: Allowed<TeamView>, app: Data<App>) -> Result<Json<List<Role>>, ApiError> {
    Ok(Json(List::whole(Role::all(&app, door.organization()).await?, |it| it)))
}
