use actix_web::HttpResponse;
use actix_web::web::Data;
use identity::StepUpInput;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::App;
use crate::answer::Hidden;
use crate::error::ApiError;
use crate::extract::{MaybeBody, SignedIn};
use crate::routes::delivery::SameWay;
use crate::routes::passwords::refused;
use crate::routes::second_factors::given;
use crate::routes::views::AccessToken;

/// The password again, with a second factor where the account has one; or a passkey alone.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Proof {
    #[schema(example = "SecurePass123!")]
    password: Option<Hidden>,
    /// A code of the authenticator; looked at where the account has a second factor.
    #[schema(example = "123456")]
    totp_code: Option<Hidden>,
    /// A recovery code; looked at where no `totp_code` is given.
    #[schema(example = "abcd-efgh-ijkl-mnop")]
    recovery_code: Option<Hidden>,
    /// What a passkey answered to the options of `/auth/passkey/options`; then neither password nor code is needed.
    passkey: Option<Value>,
}

/// Prove again who one is
///
/// What is sensitive may be done in this session for the next 5 minutes.
#[utoipa::path(post, path = "/auth/step-up", tag = "auth", request_body = Proof, responses(
    (status = 200, description = "An access token that says so; the one sent is as good.", body = AccessToken),
    (status = 401, description = "The proof is not right, or a second factor is needed too; or there is no access token, or none that is good (`invalid_credentials`, `mfa_required`, `mfa_invalid`, `proof_invalid`)."),
    (status = 423, description = "Too many wrong passwords: the password was not looked at."),
    (status = 429, description = "Too many wrong codes: none is looked at for a while (`too_many_codes`)."),
))]
pub(super) async fn step_up(
    door: SignedIn,
    way: SameWay,
    app: Data<App>,
    body: MaybeBody<Proof>,
) -> Result<HttpResponse, ApiError> {
    let MaybeBody(Proof { password, totp_code, recovery_code, passkey }) = body;
    let input = StepUpInput {
        user: door.caller.user,
        session: door.caller.session,
        password: password.map(|it| it.0),
        second: given(totp_code, recovery_code, passkey),
    };
    match app.step_up.run(&door.act, input).await {
        Ok(renewed) => Ok(way.renew(&app, renewed)),
        Err(error) => Err(refused(&app, error).await),
    }
}
