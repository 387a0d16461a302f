use actix_web::web::Data;
use identity::MailRequestKind;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::{Anybody, JsonBody};
use crate::routes::auth::address::Address;

/// Have the link that verifies an address mailed again
#[utoipa::path(post, path = "/auth/resend-verification", tag = "auth", request_body = Address, responses(
    (status = 204, description = "Whether there is such an account or not."),
))]
pub(super) async fn resend_verification(
    door: Anybody,
    app: Data<App>,
    body: JsonBody<Address>,
) -> Result<NoContent, ApiError> {
    app.request_mail.run(&door.act, MailRequestKind::Verification, &body.0.read()?).await?;
    Ok(NoContent)
}
