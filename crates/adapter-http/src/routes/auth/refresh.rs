use actix_web::web::{Data, Json};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::Hidden;
use crate::error::ApiError;
use crate::extract::{Anybody, IdempotencyKey, JsonBody};
use crate::routes::views::Tokens;

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rotation {
    refresh_token: Hidden,
}

/// Trade a refresh token for new tokens, once
///
/// Of concurrent calls one wins; to the others the token is not valid. A token that comes again later ends the session,
/// unless it comes under the same Idempotency-Key: then the answer got lost, and is given again.
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", request_body = Rotation, responses(
    (status = 200, description = "New tokens; the refresh token sent is used up.", body = Tokens),
    (status = 401, description = "The refresh token is unknown, used, too old, or of an ended session."),
))]
pub(super) async fn refresh(
    door: Anybody,
    key: IdempotencyKey,
    app: Data<App>,
    body: JsonBody<Rotation>,
) -> Result<Json<Tokens>, ApiError> {
    let JsonBody(Rotation { refresh_token }) = body;
    Ok(Json(app.refresh.run(&door.act, &refresh_token.0, key.0).await?.into()))
}
