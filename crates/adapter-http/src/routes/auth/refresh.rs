use actix_web::HttpResponse;
use actix_web::web::Data;
use kernel::Problems;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::Hidden;
use crate::error::ApiError;
use crate::extract::{IdempotencyKey, MaybeBody, Renewing};
use crate::routes::delivery::RefreshCookie;
use crate::routes::views::Tokens;

/// A refresh token.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rotation {
    /// Only a browser does without, by its cookie; then it is given the new tokens in cookies, too.
    refresh_token: Option<Hidden>,
}

/// Trade a refresh token for new tokens, once
///
/// Of concurrent calls one wins; to the others the token is not valid. A token that comes again later ends the session,
/// unless it comes under the same Idempotency-Key: then the answer got lost, and is given again.
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", request_body = Rotation, responses(
    (status = 200, description = "New tokens; the refresh token sent is used up.", body = Tokens),
    (status = 401, description = "The refresh token is unknown, used, too old, or of an ended session (`token_invalid`)."),
    (status = 403, description = "The request comes with a cookie, or from a page, of another site."),
))]
pub(super) async fn refresh(
    door: Renewing,
    key: IdempotencyKey,
    cookie: RefreshCookie,
    app: Data<App>,
    body: MaybeBody<Rotation>,
) -> Result<HttpResponse, ApiError> {
    let sent = body.0.refresh_token.map(|it| it.0);
    let Some((token, delivery)) = cookie.or(sent) else {
        return Err(Problems::one("refresh_token", "The refresh_token field is required.").into());
    };
    Ok(delivery.sign_in(&app, app.refresh.run(&door.act, &token, key.0).await?))
}
