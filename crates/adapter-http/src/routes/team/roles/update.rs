use actix_web::web::{Data, Json, Path};
use rbac::RolePatch;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Role;
use crate::App;
use crate::error::ApiError;
use crate::extract::needed::TeamManageRoles;
use crate::extract::{InOwnRight, JsonBody};

/// What of a role is to be another; what is absent stays. Its key never changes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleChange {
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "Beekeeper")]
    name: Option<String>,
    /// `resource.action`, `resource.*` or `*`; nothing that who changes it does not hold.
    #[schema(nullable = false, max_items = 100, example = json!(["team.view"]))]
    permissions: Option<Vec<String>>,
    /// Whose permissions it holds besides: roles, by key or id; itself on no way.
    #[schema(nullable = false, max_items = 20, example = json!(["member"]))]
    inherits: Option<Vec<String>>,
}

/// Change a role of the organization's own
#[utoipa::path(patch, path = "/team/roles/{id}", tag = "team", request_body = RoleChange,
    params(("id" = String, Path, description = "Its key or id.")),
    responses(
        (status = 200, description = "The role as it is now.", body = Role),
        (status = 404, description = "No such role."),
        (status = 409, description = "It is one of the system's (`illegal_state`)."),
    ),
)]
pub(super) async fn update_role(
    door: InOwnRight<TeamManageRoles>,
    id: Path<String>,
    app: Data<App>,
    body: JsonBody<RoleChange>,
) -> Result<Json<Role>, ApiError> {
    let RoleChange { name, permissions, inherits } = body.0;
    let patch = RolePatch { name, permissions, inherits };
    Ok(Json(app.update_role.run(&door.act, door.organization(), &id, &patch).await?.into()))
}
