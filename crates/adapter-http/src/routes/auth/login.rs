use actix_web::HttpResponse;
use actix_web::web::Data;
use identity::{LogInInput, Term};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::App;
use crate::answer::Hidden;
use crate::error::ApiError;
use crate::extract::{JsonBody, SigningIn, Tenant};
use crate::routes::delivery::Delivery;
use crate::routes::passwords::refused;
use crate::routes::second_factors::given;
use crate::routes::views::Tokens;

/// Email and password, and what else the account asks for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    #[schema(example = "user@example.com")]
    email: String,
    #[schema(example = "SecurePass123!")]
    password: Hidden,
    /// True: an access token of 24 hours. False: a refresh token of 7 days. Nothing: 15 minutes and 30 days.
    remember_me: Option<bool>,
    /// A code of the authenticator; looked at where the account has a second factor.
    #[schema(example = "123456")]
    totp_code: Option<Hidden>,
    /// A recovery code; looked at where no `totp_code` is given.
    #[schema(example = "abcd-efgh-ijkl-mnop")]
    recovery_code: Option<Hidden>,
    /// What a passkey answered to the options of `/auth/passkey/options`, in place of a code.
    passkey: Option<Value>,
}

/// Sign in
///
/// The sign-in is bound to the organization X-Tenant names; without it, to the user's only one, else to none.
#[utoipa::path(post, path = "/auth/login", tag = "auth", request_body = Login, responses(
    (status = 200, description = "The sign-in.", body = Tokens),
    (status = 401, description = "Email or password is not right, or a second factor is needed too, or that is not right (`invalid_credentials`, `mfa_required`, `mfa_invalid`)."),
    (status = 403, description = "The membership in the organization of X-Tenant is suspended; or the request comes from another site's page (`member_suspended`)."),
    (status = 404, description = "The organization of X-Tenant is not there, or not the user's."),
    (status = 423, description = "Too many wrong passwords: the password was not looked at."),
    (status = 429, description = "Too many wrong codes: none is looked at for a while (`too_many_codes`)."),
))]
pub(super) async fn login(
    door: SigningIn,
    delivery: Delivery,
    tenant: Tenant,
    app: Data<App>,
    body: JsonBody<Login>,
) -> Result<HttpResponse, ApiError> {
    let JsonBody(Login { email, password, remember_me, totp_code, recovery_code, passkey }) = body;
    let second = given(totp_code, recovery_code, passkey);
    let term = Term::of(remember_me);
    let input = LogInInput { email, password: password.0, second, term, organization: tenant.0 };
    match app.log_in.run(&door.act, input).await {
        Ok(signed_in) => Ok(delivery.sign_in(&app, signed_in)),
        Err(error) => Err(refused(&app, error).await),
    }
}
