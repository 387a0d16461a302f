use actix_web::web::{Data, Json};
use identity::ProfilePatch;
use serde::Deserialize;
use utoipa::ToSchema;

use super::profile::Profile;
use crate::App;
use crate::error::ApiError;
use crate::extract::{JsonBody, SignedIn};
use crate::routes::nullable::null_or_value;

/// What is to be another; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileChange {
    /// 3 to 50 letters, digits and underscores.
    #[schema(nullable = false, min_length = 3, max_length = 50, pattern = "^[a-zA-Z0-9_]+$", example = "johndoe")]
    username: Option<String>,
    /// What to be called, 1 to 100 characters; null takes it away.
    #[serde(default, deserialize_with = "null_or_value")]
    #[expect(clippy::option_option, reason = "absent, null and a value are three things")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, example = "John Doe")]
    name: Option<Option<String>>,
}

/// Change one's profile
#[utoipa::path(patch, path = "/me/profile", tag = "me", request_body = ProfileChange, responses(
    (status = 200, description = "The profile as it is now.", body = Profile),
    (status = 409, description = "The username is taken (`username_taken`)."),
))]
pub(super) async fn update_profile(
    door: SignedIn,
    app: Data<App>,
    body: JsonBody<ProfileChange>,
) -> Result<Json<Profile>, ApiError> {
    let JsonBody(ProfileChange { username, name }) = body;
    let user = app.update_profile.run(&door.act, door.caller.user, ProfilePatch { username, name }).await?;
    Ok(Json(user.into()))
}
