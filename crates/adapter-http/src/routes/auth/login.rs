use actix_web::web::{Data, Json};
use identity::{LogInInput, Term};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::Hidden;
use crate::error::ApiError;
use crate::extract::{Anybody, JsonBody, Tenant};
use crate::routes::passwords::refused;
use crate::routes::views::Tokens;

/// Email and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    #[schema(example = "user@example.com")]
    email: String,
    #[schema(example = "SecurePass123!")]
    password: Hidden,
    /// True: an access token of 24 hours. False: a refresh token of 7 days. Nothing: 15 minutes and 30 days.
    remember_me: Option<bool>,
    /// Looked at where the account has a second factor.
    #[expect(dead_code, reason = "no account has a second factor yet, and the field is part of the contract")]
    totp_code: Option<Hidden>,
    /// Looked at where the account has a second factor.
    #[expect(dead_code, reason = "no account has a second factor yet, and the field is part of the contract")]
    recovery_code: Option<Hidden>,
}

/// Sign in
///
/// The sign-in is bound to the organization X-Tenant names; without it, to the user's only one, else to none.
#[utoipa::path(post, path = "/auth/login", tag = "auth", request_body = Login, responses(
    (status = 200, description = "The sign-in.", body = Tokens),
    (status = 401, description = "Email or password is not right."),
    (status = 403, description = "The membership in the organization of X-Tenant is suspended."),
    (status = 404, description = "The organization of X-Tenant is not there, or not the user's."),
    (status = 423, description = "Too many wrong passwords: the password was not looked at."),
))]
pub(super) async fn login(
    door: Anybody,
    tenant: Tenant,
    app: Data<App>,
    body: JsonBody<Login>,
) -> Result<Json<Tokens>, ApiError> {
    let JsonBody(Login { email, password, remember_me, .. }) = body;
    let input = LogInInput { email, password: password.0, term: Term::of(remember_me), organization: tenant.0 };
    match app.log_in.run(&door.act, input).await {
        Ok(signed_in) => Ok(Json(signed_in.into())),
        Err(error) => Err(refused(&app, error).await),
    }
}
