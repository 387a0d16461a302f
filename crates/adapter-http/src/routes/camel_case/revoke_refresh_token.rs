use actix_web::web::Data;

use super::refresh_token::SigninRefreshToken;
use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::{JsonBody, Renewing};

/// End the session of a refresh token, its access tokens included
#[utoipa::path(post, path = "/auth/revoke-refresh-token", tag = "camelCase auth", request_body = SigninRefreshToken,
    responses((status = 204, description = "The token is worth nothing, whether it ever was or not.")),
)]
pub(super) async fn revoke_refresh_token(
    door: Renewing,
    app: Data<App>,
    body: JsonBody<SigninRefreshToken>,
) -> Result<NoContent, ApiError> {
    app.end_session.of_refresh_token(&door.act, &body.0.refresh_token.0).await?;
    Ok(NoContent)
}
