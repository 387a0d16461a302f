use actix_web::web::Data;
use kernel::UserId;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::{Named, SteppedUpAdministrator};

/// Stop an account
///
/// Ends every session of it at once.
#[utoipa::path(post, path = "/admin/users/{id}/suspend", tag = "admin",
    params(("id" = Uuid, Path, description = "The user's id.")),
    responses(
        (status = 204, description = "The account is stopped."),
        (status = 404, description = "No such account."),
        (status = 409, description = "It is the caller's own account, or one that was deleted (`illegal_state`)."),
    ),
)]
pub(super) async fn suspend_user(
    door: SteppedUpAdministrator,
    id: Named<UserId>,
    app: Data<App>,
) -> Result<NoContent, ApiError> {
    app.suspend_user.suspend(&door.act, id.0).await?;
    Ok(NoContent)
}
