use actix_web::web::{Data, Json};
use identity::{LogInInput, SignedIn, Term};
use kernel::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::refused;
use crate::App;
use crate::answer::Hidden;
use crate::error::ApiError;
use crate::extract::{JsonBody, SigningIn, Tenant};
use crate::routes::second_factors::given;

/// Email and password, and what else the account asks for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Signin {
    #[schema(example = "user@example.com")]
    email: String,
    #[schema(example = "Examplepass1!.")]
    password: Hidden,
    /// A code of the authenticator; looked at where the account has a second factor.
    #[schema(example = "123456")]
    totp_code: Option<Hidden>,
    /// A recovery code; looked at where no `totpCode` is given.
    #[schema(example = "abcd-efgh-ijkl-mnop")]
    recovery_code: Option<Hidden>,
    /// What a passkey answered to the options of `/auth/passkey/options`, in place of a code.
    passkey: Option<Value>,
}

/// A sign-in. Times are Unix seconds.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SigninTokens {
    /// A JWT, for `Authorization`.
    access_token: Hidden,
    #[schema(example = 1_643_819_877)]
    access_token_expires_at: i64,
    /// Good until it ends, at `/auth/refresh-access-token`.
    refresh_token: Hidden,
    #[schema(example = 1_644_421_077)]
    refresh_token_expires_at: i64,
}

impl SigninTokens {
    fn of(signed_in: SignedIn, at: Time) -> Self {
        Self {
            access_token: Hidden(signed_in.access_token),
            access_token_expires_at: at.timestamp() + signed_in.expires_in,
            refresh_token: Hidden(signed_in.refresh_token),
            refresh_token_expires_at: at.timestamp() + signed_in.refresh_expires_in,
        }
    }
}

/// Sign in, in camelCase
///
/// The sign-in ends after 7 days; until then its refresh token stays the same.
#[utoipa::path(post, path = "/auth/signin", tag = "camelCase auth", request_body = Signin, responses(
    (status = 200, description = "The sign-in.", body = SigninTokens),
    (status = 400, description = "Email or password is not right; or the request could not be read (`invalid_credentials`)."),
    (status = 401, description = "A second factor is needed too, or is not right (`mfa_required`, `mfa_invalid`)."),
    (status = 403, description = "The membership in the organization of X-Tenant is suspended (`member_suspended`)."),
    (status = 404, description = "The organization of X-Tenant is not there, or not the user's."),
    (status = 423, description = "Too many wrong passwords: the password was not looked at."),
    (status = 429, description = "Too many wrong codes: none is looked at for a while (`too_many_codes`)."),
))]
pub(super) async fn signin(
    door: SigningIn,
    tenant: Tenant,
    app: Data<App>,
    body: JsonBody<Signin>,
) -> Result<Json<SigninTokens>, ApiError> {
    let JsonBody(Signin { email, password, totp_code, recovery_code, passkey }) = body;
    let second = given(totp_code, recovery_code, passkey);
    let input = LogInInput { email, password: password.0, second, term: Term::Steady, organization: tenant.0 };
    match app.log_in.run(&door.act, input).await {
        Ok(signed_in) => Ok(Json(SigninTokens::of(signed_in, door.act.at))),
        Err(error) => Err(refused(&app, error).await),
    }
}
