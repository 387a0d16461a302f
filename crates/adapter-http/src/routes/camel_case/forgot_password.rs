use actix_web::web::Data;
use identity::MailRequestKind;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::{Anybody, JsonBody};
use crate::routes::auth::address::Address;

/// Have a temporary password mailed, for `/auth/confirm-forgot-password`
#[utoipa::path(post, path = "/auth/forgot-password", operation_id = "forgot_password_in_camel_case",
    tag = "camelCase auth", request_body = Address,
    responses((status = 204, description = "Whether there is such an account or not.")),
)]
pub(super) async fn forgot_password(
    door: Anybody,
    app: Data<App>,
    body: JsonBody<Address>,
) -> Result<NoContent, ApiError> {
    app.request_mail.run(&door.act, MailRequestKind::TemporaryPassword, &body.0.read()?).await?;
    Ok(NoContent)
}
