use actix_web::web::Data;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::{Anybody, JsonBody};
use crate::routes::links::MailedToken;

/// Make a new address the address, by the token that was mailed to it
///
/// Needs no access token. The old address is told, with a way back.
#[utoipa::path(post, path = "/me/email/confirm", tag = "me", request_body = MailedToken, responses(
    (status = 204, description = "The new address is the address, and verified."),
    (status = 409, description = "Somebody else has the address by now (`email_taken`)."),
    (status = 422, description = "The token is unknown, used or too old; or the given data is invalid (`token_invalid`)."),
))]
pub(super) async fn confirm_email(
    door: Anybody,
    app: Data<App>,
    body: JsonBody<MailedToken>,
) -> Result<NoContent, ApiError> {
    let followed = app.follow_link.confirm_email_change(&door.act, &body.0.token.0).await;
    followed.map(|()| NoContent).map_err(ApiError::of_link)
}
