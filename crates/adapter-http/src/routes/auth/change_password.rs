use actix_web::web::Data;
use identity::ChangePasswordInput;
use kernel::Problems;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::{Hidden, NoContent};
use crate::error::ApiError;
use crate::extract::{JsonBody, SignedIn};
use crate::routes::passwords::{either, refused};

/// The current password and a new one, each under one of its two names.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "they are called so on the wire")]
pub(super) struct PasswordChange {
    #[schema(value_type = Option<String>, format = Password, example = "CurrentPassword123!")]
    current_password: Option<Hidden>,
    /// The same as `current_password`.
    #[schema(value_type = Option<String>, format = Password, example = "CurrentPassword123!")]
    previous_password: Option<Hidden>,
    /// 8 to 128 characters: an upper and a lower case letter, a digit and a special character among them.
    #[schema(value_type = Option<String>, format = Password, min_length = 8, max_length = 128, example = "NewSecurePassword123!")]
    new_password: Option<Hidden>,
    /// The same as `new_password`.
    #[schema(value_type = Option<String>, format = Password, min_length = 8, max_length = 128, example = "NewSecurePassword123!")]
    proposed_password: Option<Hidden>,
}

/// Change one's password
///
/// Ends all other sessions.
#[utoipa::path(post, path = "/auth/change-password", tag = "auth", request_body = PasswordChange, responses(
    (status = 204, description = "The new password is the password."),
    (status = 401, description = "The current password is not right; or there is no access token, or none that is good (`invalid_credentials`)."),
    (status = 423, description = "Too many wrong passwords: the password was not looked at."),
))]
pub(super) async fn change_password(
    door: SignedIn,
    app: Data<App>,
    body: JsonBody<PasswordChange>,
) -> Result<NoContent, ApiError> {
    let JsonBody(PasswordChange { current_password, previous_password, new_password, proposed_password }) = body;
    let mut problems = Problems::default();
    let current =
        either(&mut problems, ("current_password", current_password), ("previous_password", previous_password));
    let new = either(&mut problems, ("new_password", new_password), ("proposed_password", proposed_password));
    let (Some((_, current)), Some((name, new))) = (current, new) else { return Err(problems.into()) };
    let input = ChangePasswordInput { user: door.caller.user, session: door.caller.session, current, new };
    match app.change_password.run(&door.act, input).await {
        Ok(()) => Ok(NoContent),
        Err(error) => Err(refused(&app, error).await.naming(|_| name.to_owned())),
    }
}
