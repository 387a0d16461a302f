use actix_web::web::Data;
use kernel::UserId;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::{Named, SteppedUpAdministrator};

/// Release the lock that too many wrong passwords have put on an account
#[utoipa::path(post, path = "/admin/users/{id}/unlock", tag = "admin",
    params(("id" = Uuid, Path, description = "The user's id.")),
    responses(
        (status = 204, description = "The account can sign in again."),
        (status = 404, description = "No such account."),
    ),
)]
pub(super) async fn unlock_user(
    door: SteppedUpAdministrator,
    id: Named<UserId>,
    app: Data<App>,
) -> Result<NoContent, ApiError> {
    app.unlock_user.run(&door.act, id.0).await?;
    Ok(NoContent)
}
