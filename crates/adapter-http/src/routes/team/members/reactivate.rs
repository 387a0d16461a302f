use actix_web::web::Data;
use kernel::UserId;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::needed::TeamEdit;
use crate::extract::{Allowed, Named};

/// Reactivate a suspended member
#[utoipa::path(post, path = "/team/members/{id}/reactivate", tag = "team",
    params(("id" = Uuid, Path, description = "The member's id, which is the user's.")),
    responses(
        (status = 204, description = "The membership counts again."),
        (status = 404, description = "No such member."),
    ),
)]
pub(super) async fn reactivate_member(
    door: Allowed<TeamEdit>,
    id: Named<UserId>,
    app: Data<App>,
) -> Result<NoContent, ApiError> {
    app.suspend_member.reactivate(&door.act, door.organization(), id.0).await?;
    Ok(NoContent)
}
