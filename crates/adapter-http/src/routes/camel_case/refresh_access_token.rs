use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use super::refresh_token::SigninRefreshToken;
use crate::App;
use crate::answer::Hidden;
use crate::error::ApiError;
use crate::extract::{JsonBody, Renewing};

/// A new access token.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SigninAccessToken {
    /// A JWT, for `Authorization`.
    access_token: Hidden,
    /// In Unix seconds.
    #[schema(example = 1_643_819_877)]
    expires_at: i64,
}

/// Get a new access token by the refresh token of `/auth/signin`, which goes on
#[utoipa::path(post, path = "/auth/refresh-access-token", tag = "camelCase auth", request_body = SigninRefreshToken,
    responses(
        (status = 200, description = "The access token.", body = SigninAccessToken),
        (status = 401, description = "The refresh token is unknown, too old, of an ended session or of one that rotates (`token_invalid`)."),
    ),
)]
pub(super) async fn refresh_access_token(
    door: Renewing,
    app: Data<App>,
    body: JsonBody<SigninRefreshToken>,
) -> Result<Json<SigninAccessToken>, ApiError> {
    let renewed = app.renew_access.run(&door.act, &body.0.refresh_token.0).await?;
    let expires_at = door.act.at.timestamp() + renewed.expires_in;
    Ok(Json(SigninAccessToken { access_token: Hidden(renewed.access_token), expires_at }))
}
