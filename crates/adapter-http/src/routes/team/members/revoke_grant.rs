use actix_web::web::Data;
use kernel::UserId;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::needed::TeamManageRoles;
use crate::extract::{InOwnRight, NamedWord};

/// Take back what was given or denied to a member directly
#[utoipa::path(delete, path = "/team/members/{id}/permissions/{permission}", tag = "team",
    params(
        ("id" = Uuid, Path, description = "The member's id, which is the user's."),
        ("permission" = String, Path, description = "Such as audit.view."),
    ),
    responses(
        (status = 204, description = "Their role alone decides."),
        (status = 404, description = "No such member, or nothing was said."),
    ),
)]
pub(super) async fn revoke_grant(
    door: InOwnRight<TeamManageRoles>,
    named: NamedWord<UserId>,
    app: Data<App>,
) -> Result<NoContent, ApiError> {
    app.revoke_grant.run(&door.act, door.organization(), named.id, &named.word).await?;
    Ok(NoContent)
}
