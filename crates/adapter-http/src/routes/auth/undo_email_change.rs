use actix_web::web::Data;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::{Anybody, JsonBody};
use crate::routes::links::MailedToken;

/// Take a change of address back by the token that was mailed to the old one
///
/// Ends every session.
#[utoipa::path(post, path = "/auth/undo-email-change", tag = "auth", request_body = MailedToken, responses(
    (status = 204, description = "The old address is the address again."),
    (status = 409, description = "Somebody else has the old address by now (`email_taken`)."),
    (status = 422, description = "The token is unknown, used or too old; or the given data is invalid (`token_invalid`)."),
))]
pub(super) async fn undo_email_change(
    door: Anybody,
    app: Data<App>,
    body: JsonBody<MailedToken>,
) -> Result<NoContent, ApiError> {
    let followed = app.follow_link.undo_email_change(&door.act, &body.0.token.0).await;
    followed.map(|()| NoContent).map_err(ApiError::of_link)
}
