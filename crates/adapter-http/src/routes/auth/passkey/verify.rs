use actix_web::HttpResponse;
use actix_web::web::Data;
use identity::Term;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::App;
use crate::error::ApiError;
use crate::extract::{JsonBody, SigningIn, Tenant};
use crate::routes::delivery::Delivery;
use crate::routes::views::Tokens;

/// What a passkey answered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasskeyLogin {
    /// `toJSON()` of what `navigator.credentials.get` answered.
    #[schema(example = json!({"id": "…", "rawId": "…", "type": "public-key", "response": {}}))]
    credential: Value,
    /// True: an access token of 24 hours. False: a refresh token of 7 days. Nothing: 15 minutes and 30 days.
    remember_me: Option<bool>,
}

/// Sign in by a passkey
///
/// It counts as more than one factor: no code is asked for. The sign-in is bound as at `/auth/login`.
#[utoipa::path(post, path = "/auth/passkey/verify", tag = "auth", request_body = PasskeyLogin, responses(
    (status = 200, description = "The sign-in.", body = Tokens),
    (status = 401, description = "The passkey is unknown, or what it answered is not believed (`proof_invalid`)."),
    (status = 403, description = "The membership in the organization of X-Tenant is suspended; or the request comes from another site's page (`member_suspended`)."),
    (status = 404, description = "The organization of X-Tenant is not there, or not the user's; or there are no passkeys here."),
))]
pub(super) async fn passkey_sign_in(
    door: SigningIn,
    delivery: Delivery,
    tenant: Tenant,
    app: Data<App>,
    body: JsonBody<PasskeyLogin>,
) -> Result<HttpResponse, ApiError> {
    let JsonBody(PasskeyLogin { credential, remember_me }) = body;
    let term = Term::of(remember_me);
    let signed_in = app.log_in_by_passkey.run(&door.act, &credential, term, tenant.0.as_deref()).await?;
    Ok(delivery.sign_in(&app, signed_in))
}
