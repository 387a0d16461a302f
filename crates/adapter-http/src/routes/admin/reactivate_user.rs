use actix_web::web::Data;
use kernel::UserId;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::{Named, SteppedUpAdministrator};

/// Let a stopped account go on
#[utoipa::path(post, path = "/admin/users/{id}/reactivate", tag = "admin",
    params(("id" = Uuid, Path, description = "The user's id.")),
    responses(
        (status = 204, description = "The account can sign in again."),
        (status = 404, description = "No such account."),
        (status = 409, description = "The account was deleted: its owner alone can recover it (`illegal_state`)."),
    ),
)]
pub(super) async fn reactivate_user(
    door: SteppedUpAdministrator,
    id: Named<UserId>,
    app: Data<App>,
) -> Result<NoContent, ApiError> {
    app.suspend_user.reactivate(&door.act, id.0).await?;
    Ok(NoContent)
}
