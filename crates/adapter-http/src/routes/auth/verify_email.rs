use actix_web::web::Data;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::{Anybody, JsonBody};
use crate::routes::links::MailedToken;

/// Prove an email address by the token that was mailed to it, once
#[utoipa::path(post, path = "/auth/verify-email", tag = "auth", request_body = MailedToken, responses(
    (status = 204, description = "The address is verified."),
    (status = 422, description = "The token is unknown, used or too old; or the given data is invalid (`token_invalid`)."),
))]
pub(super) async fn verify_email(
    door: Anybody,
    app: Data<App>,
    body: JsonBody<MailedToken>,
) -> Result<NoContent, ApiError> {
    let followed = app.follow_link.verify_email(&door.act, &body.0.token.0).await;
    followed.map(|()| NoContent).map_err(ApiError::of_link)
}
