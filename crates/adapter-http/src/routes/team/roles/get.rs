use actix_web::web::{Data, Json, Path};

use super::Role;
use crate::App;
use crate::error::{ApiError, Kind};
use crate::extract::Allowed;
use crate::extract::needed::TeamView;

/// A role
#[utoipa::path(get, path = "/team/roles/{id}", tag = "team",
    params(("id" = String, Path, description = "Its key or id.")),
    responses(
        (status = 200, description = "The role with its permissions.", body = Role),
        (status = 404, description = "No such role."),
    ),
)]
pub(super) async fn get_role(
    door: Allowed<TeamView>,
    id: Path<String>,
    app: Data<App>,
) -> Result<Json<Role>, ApiError> {
    let all = Role::all(&app, door.organization()).await?;
    Ok(Json(all.into_iter().find(|it| it.is_named(&id)).ok_or(Kind::NOT_FOUND)?))
}
