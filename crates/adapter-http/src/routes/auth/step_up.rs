use actix_web::web::{Data, Json};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::Hidden;
use crate::error::ApiError;
use crate::extract::{JsonBody, SignedIn};
use crate::routes::passwords::refused;
use crate::routes::views::AccessToken;

/// The password again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Proof {
    #[schema(example = "SecurePass123!")]
    password: Hidden,
    /// Looked at where the account has a second factor.
    #[expect(dead_code, reason = "no account has a second factor yet, and the field is part of the contract")]
    totp_code: Option<Hidden>,
    /// Looked at where the account has a second factor.
    #[expect(dead_code, reason = "no account has a second factor yet, and the field is part of the contract")]
    recovery_code: Option<Hidden>,
}

/// Prove again who one is
///
/// What is sensitive may be done in this session for the next 5 minutes.
#[utoipa::path(post, path = "/auth/step-up", tag = "auth", request_body = Proof, responses(
    (status = 200, description = "An access token that says so; the one sent is as good.", body = AccessToken),
    (status = 401, description = "The password is not right; or there is no access token, or none that is good."),
    (status = 423, description = "Too many wrong passwords: the password was not looked at."),
))]
pub(super) async fn step_up(
    door: SignedIn,
    app: Data<App>,
    body: JsonBody<Proof>,
) -> Result<Json<AccessToken>, ApiError> {
    let stepped = app.step_up.run(&door.act, door.caller.user, door.caller.session, &body.0.password.0).await;
    match stepped {
        Ok(renewed) => Ok(Json(renewed.into())),
        Err(error) => Err(refused(&app, error).await),
    }
}
