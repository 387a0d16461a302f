use actix_web::web::{Data, Json};

use super::profile::Profile;
use crate::App;
use crate::error::{ApiError, Kind};
use crate::extract::SignedIn;

/// One's profile
#[utoipa::path(get, path = "/me/profile", tag = "me", responses(
    (status = 200, description = "The profile.", body = Profile),
))]
pub(super) async fn get_profile(door: SignedIn, app: Data<App>) -> Result<Json<Profile>, ApiError> {
    let user = app.users.by_id(door.caller.user).await?.ok_or(Kind::TOKEN_INVALID)?;
    Ok(Json(user.into()))
}
