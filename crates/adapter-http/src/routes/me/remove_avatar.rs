use actix_web::web::Data;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::SignedIn;

/// Take one's avatar away
#[utoipa::path(delete, path = "/me/avatar", tag = "me", responses(
    (status = 204, description = "There is none, whether or not there was one."),
))]
pub(super) async fn remove_avatar(door: SignedIn, app: Data<App>) -> Result<NoContent, ApiError> {
    app.remove_avatar.run(&door.act, door.caller.user).await?;
    Ok(NoContent)
}
