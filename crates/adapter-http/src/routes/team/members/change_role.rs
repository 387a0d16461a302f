use actix_web::web::{Data, Json};
use kernel::UserId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::error::ApiError;
use crate::extract::needed::TeamManageRoles;
use crate::extract::{InOwnRight, JsonBody, Named};
use crate::routes::team::Member;

/// What a member is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleAssignment {
    /// A role's key or id; it may hold nothing that who gives it does not. The owner's wants a step-up.
    #[schema(min_length = 1, max_length = 50, example = "admin")]
    role: String,
}

/// Change a member's role
#[utoipa::path(patch, path = "/team/members/{id}/role", tag = "team", request_body = RoleAssignment,
    params(("id" = Uuid, Path, description = "The member's id, which is the user's.")),
    responses(
        (status = 200, description = "The member as they are now.", body = Member),
        (status = 403, description = "Giving the owner's role is for a person, who gave a factor a moment ago (`step_up_required`, `person_required`)."),
        (status = 404, description = "No such member."),
        (status = 409, description = "The last owner stays one (`last_owner`)."),
    ),
)]
pub(super) async fn change_role(
    door: InOwnRight<TeamManageRoles>,
    id: Named<UserId>,
    app: Data<App>,
    body: JsonBody<RoleAssignment>,
) -> Result<Json<Member>, ApiError> {
    door.prove_to_give(&app, &body.0.role).await?;
    app.change_role.run(&door.act, door.organization(), id.0, &body.0.role).await?;
    Ok(Json(Member::of(&app, door.organization(), id.0).await?))
}
