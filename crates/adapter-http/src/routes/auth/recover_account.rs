use actix_web::web::Data;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::{Anybody, JsonBody};
use crate::routes::links::MailedToken;

/// Take the deletion of an account back by the token that was mailed
///
/// Nobody is signed in by it.
#[utoipa::path(post, path = "/auth/recover-account", tag = "auth", request_body = MailedToken, responses(
    (status = 204, description = "The account is there again."),
    (status = 422, description = "The token is unknown, used or too old; or the given data is invalid (`token_invalid`)."),
))]
pub(super) async fn recover_account(
    door: Anybody,
    app: Data<App>,
    body: JsonBody<MailedToken>,
) -> Result<NoContent, ApiError> {
    let followed = app.follow_link.recover_account(&door.act, &body.0.token.0).await;
    followed.map(|()| NoContent).map_err(ApiError::of_link)
}
