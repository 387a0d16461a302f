use actix_web::web::Data;
use rbac::RoleInput;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Role;
use crate::App;
use crate::answer::Created;
use crate::error::ApiError;
use crate::extract::needed::TeamManageRoles;
use crate::extract::{Creating, InOwnRight};

/// What a role is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleRequest {
    #[schema(min_length = 1, max_length = 50, pattern = "^[a-z0-9_-]+$", example = "beekeeper")]
    key: String,
    #[schema(min_length = 1, max_length = 100, example = "Beekeeper")]
    name: String,
    /// `resource.action`, `resource.*` or `*`; nothing that its maker does not hold.
    #[schema(max_items = 100, example = json!(["team.view"]))]
    permissions: Vec<String>,
    /// Whose permissions it holds besides: roles, by key or id.
    #[serde(default)]
    #[schema(max_items = 20, example = json!(["member"]))]
    inherits: Vec<String>,
}

/// Add a role of the organization's own
#[utoipa::path(post, path = "/team/roles", tag = "team", request_body = RoleRequest, responses(
    (status = 201, description = "The role.", body = Role),
    (status = 409, description = "There is a role with this key, or there are too many (`role_taken`, `too_many`)."),
))]
pub(super) async fn create_role(
    door: InOwnRight<TeamManageRoles>,
    app: Data<App>,
    body: Creating<RoleRequest>,
) -> Result<Created<Role>, ApiError> {
    let (act, RoleRequest { key, name, permissions, inherits }) = body.by(&door.act)?;
    let input = RoleInput { key, name, permissions, inherits };
    Ok(Created(app.create_role.run(&act, door.organization(), &input).await?.into()))
}
