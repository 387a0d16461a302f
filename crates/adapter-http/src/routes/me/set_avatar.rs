use actix_web::web::{Data, Json};

use super::profile::Profile;
use crate::App;
use crate::error::{ApiError, Kind};
use crate::extract::{SignedIn, Upload};

/// Give oneself an avatar
///
/// The picture is drawn anew, with no side longer than 1024 pixels: of the file sent nothing is kept but what can be seen.
/// What it is, is told by its bytes, and not by its `Content-Type`.
#[utoipa::path(put, path = "/me/avatar", tag = "me", responses(
    (status = 200, description = "The profile as it is now.", body = Profile),
))]
pub(super) async fn set_avatar(door: SignedIn, app: Data<App>, upload: Upload) -> Result<Json<Profile>, ApiError> {
    let user = door.caller.user;
    app.set_avatar.run(&door.act, user, upload.0).await?;
    let user = app.users.by_id(user).await?.ok_or(Kind::TOKEN_INVALID)?;
    Ok(Json(user.into()))
}
