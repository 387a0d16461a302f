use actix_web::web::Data;
use kernel::OrganizationId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::NoContent;
use crate::error::{ApiError, Kind};
use crate::extract::{JsonBody, Named, SteppedUpAdministrator, id};

/// Who is to own the organization too.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Appointment {
    /// A member's id, which is the user's.
    #[schema(format = Uuid)]
    user_id: String,
}

/// Make a member an owner, where nobody within can
#[utoipa::path(post, path = "/admin/organizations/{id}/owners", tag = "admin", request_body = Appointment,
    params(("id" = Uuid, Path, description = "The organization's id.")),
    responses(
        (status = 204, description = "The member owns it too."),
        (status = 404, description = "No such member."),
        (status = 409, description = "The member or their account is suspended, or the organization deleted (`illegal_state`)."),
    ),
)]
pub(super) async fn appoint_owner(
    door: SteppedUpAdministrator,
    organization: Named<OrganizationId>,
    app: Data<App>,
    body: JsonBody<Appointment>,
) -> Result<NoContent, ApiError> {
    let user = id(&body.0.user_id).ok_or(Kind::NOT_FOUND)?;
    app.change_role.appoint_owner(&door.act, organization.0, user).await?;
    Ok(NoContent)
}
