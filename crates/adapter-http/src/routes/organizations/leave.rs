use actix_web::web::Data;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::Inside;

/// Leave an organization
#[utoipa::path(post, path = "/organizations/{id}/leave", tag = "organizations",
    params(("id" = String, Path, description = "Its slug or id.")),
    responses(
        (status = 204, description = "One is no member any more."),
        (status = 403, description = "Not by a key or personal token (`person_required`)."),
        (status = 409, description = "The last owner stays (`last_owner`)."),
    ),
)]
pub(super) async fn leave_organization(door: Inside, app: Data<App>) -> Result<NoContent, ApiError> {
    let person = app.access.require_person(&door.act, &door.caller).await?;
    app.remove_member.run(&door.act, door.organization(), person.user).await?;
    Ok(NoContent)
}
