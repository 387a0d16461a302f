use actix_web::web::{Data, Json};
use kernel::UserId;
use rbac::Holder;
use serde::Serialize;
use utoipa::ToSchema;

use super::grant::Grant;
use crate::App;
use crate::error::{ApiError, Kind};
use crate::extract::needed::TeamManageRoles;
use crate::extract::{Allowed, Named};

/// What a member may, and what of it was given or denied to them directly.
#[derive(Serialize, ToSchema)]
pub(super) struct MemberPermissions {
    /// Directly given and denied, by permission; expired ones too, until they are taken back.
    data: Vec<Grant>,
    /// All they may at this moment, by their role and directly.
    #[schema(example = json!(["team.view"]))]
    effective: Vec<String>,
}

/// What a member may, and was given or denied directly
#[utoipa::path(get, path = "/team/members/{id}/permissions", tag = "team",
    params(("id" = Uuid, Path, description = "The member's id, which is the user's.")),
    responses(
        (status = 200, description = "Grants, and what they come to.", body = MemberPermissions),
        (status = 404, description = "No such member."),
    ),
)]
pub(super) async fn list_member_permissions(
    door: Allowed<TeamManageRoles>,
    id: Named<UserId>,
    app: Data<App>,
) -> Result<Json<MemberPermissions>, ApiError> {
    let snapshot = &door.entered.snapshot;
    snapshot.member(id.0).ok_or(Kind::NOT_FOUND)?;
    let grants = app.grants.of(door.organization(), id.0).await?;
    let effective = snapshot.permissions_of(Holder::at(id.0, door.act.at));
    Ok(Json(MemberPermissions {
        effective: effective.map(ToString::to_string).collect(),
        data: grants.into_iter().map(Grant::from).collect(),
    }))
}
