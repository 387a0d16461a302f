use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::{Hidden, NoContent};
use crate::error::ApiError;
use crate::extract::{JsonBody, SignedIn};

/// A code of the authenticator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstCode {
    #[schema(example = "123456")]
    code: Hidden,
}

/// Use an authenticator from now on, by its first code
///
/// Every sign-in asks for a code then. All other sessions end.
#[utoipa::path(post, path = "/me/mfa/verify", tag = "me", request_body = FirstCode, responses(
    (status = 204, description = "The second factor is on."),
    (status = 401, description = "The code is not right; or there is no access token, or none that is good (`mfa_invalid`)."),
    (status = 409, description = "Nothing was begun, or it is in use already (`illegal_state`)."),
    (status = 429, description = "Too many wrong codes: none is looked at for a while (`too_many_codes`)."),
))]
pub(super) async fn verify_mfa(
    door: SignedIn,
    app: Data<App>,
    body: JsonBody<FirstCode>,
) -> Result<NoContent, ApiError> {
    app.confirm_mfa.run(&door.act, door.caller.user, door.caller.session, &body.0.code.0).await?;
    Ok(NoContent)
}
