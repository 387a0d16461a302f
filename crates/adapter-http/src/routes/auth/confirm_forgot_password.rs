use actix_web::web::Data;
use identity::ResetPasswordInput;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::{Hidden, NoContent};
use crate::error::ApiError;
use crate::extract::{Anybody, JsonBody};

/// The temporary password from the mail, and a new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordReset {
    #[schema(example = "user@example.com")]
    email: String,
    #[schema(example = "5f2b8c0e9d1a4b7386c5e4d3f2a1b0c9")]
    temporary_password: Hidden,
    /// 8 to 128 characters: an upper and a lower case letter, a digit and a special character among them.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 128, example = "NewSecurePassword123!")]
    new_password: Hidden,
}

/// Set a new password by the temporary one
///
/// Ends every session and releases a lock. Nobody is signed in by it.
#[utoipa::path(post, path = "/auth/confirm-forgot-password", tag = "auth", request_body = PasswordReset, responses(
    (status = 204, description = "The new password is the password."),
    (status = 401, description = "Email or temporary password is not right, or it is too old (`invalid_credentials`)."),
))]
pub(super) async fn confirm_forgot_password(
    door: Anybody,
    app: Data<App>,
    body: JsonBody<PasswordReset>,
) -> Result<NoContent, ApiError> {
    let JsonBody(PasswordReset { email, temporary_password, new_password }) = body;
    let input = ResetPasswordInput { email, temporary: temporary_password.0, new: new_password.0 };
    app.reset_password.run(&door.act, input).await?;
    Ok(NoContent)
}
