use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::NoContent;
use crate::error::{ApiError, Kind};
use crate::extract::needed::OrganizationDelete;
use crate::extract::{JsonBody, SteppedUpInPerson, id};

/// Whose the organization is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewOwner {
    /// A member's id, which is the user's.
    #[schema(format = Uuid)]
    user_id: String,
}

/// Hand an organization over
///
/// The member owns it from now on, and who hands it over is an admin.
#[utoipa::path(post, path = "/organizations/{id}/transfer-ownership", tag = "organizations", request_body = NewOwner,
    params(("id" = String, Path, description = "Its slug or id.")),
    responses(
        (status = 204, description = "It is another's."),
        (status = 404, description = "No such member."),
        (status = 409, description = "The member or their account is suspended, or it is oneself (`illegal_state`)."),
    ),
)]
pub(super) async fn transfer_ownership(
    door: SteppedUpInPerson<OrganizationDelete>,
    app: Data<App>,
    body: JsonBody<NewOwner>,
) -> Result<NoContent, ApiError> {
    let user = id(&body.0.user_id).ok_or(Kind::NOT_FOUND)?;
    app.change_role.transfer_ownership(&door.act, door.organization(), user).await?;
    Ok(NoContent)
}
