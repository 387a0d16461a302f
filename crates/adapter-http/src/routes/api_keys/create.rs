use accounts::KeyInput;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use super::shown::ShownApiKey;
use crate::App;
use crate::answer::Created;
use crate::error::ApiError;
use crate::extract::needed::ApiKeysManage;
use crate::extract::{Creating, SteppedUpInPerson};
use crate::routes::times::expiry;

/// What a key is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ApiKeyRequest {
    #[schema(min_length = 1, max_length = 100, example = "Billing")]
    name: String,
    /// What it may at most, each held by its maker; without them everything the admin role may.
    #[schema(max_items = 100, example = json!(["team.view"]))]
    scopes: Option<Vec<String>>,
    /// Without it the key is good until it is revoked.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// Make a key of the organization
///
/// With it a program acts in the organization's name, and may no more than its maker may.
#[utoipa::path(post, path = "/api-keys", tag = "api-keys", request_body = ApiKeyRequest, responses(
    (status = 201, description = "The key.", body = ShownApiKey),
    (status = 403, description = "A scope is not held, or the caller's address is not verified (`email_not_verified`)."),
))]
pub(super) async fn create_api_key(
    door: SteppedUpInPerson<ApiKeysManage>,
    app: Data<App>,
    body: Creating<ApiKeyRequest>,
) -> Result<Created<ShownApiKey>, ApiError> {
    let (act, ApiKeyRequest { name, scopes, expires_at }) = body.by(&door.act)?;
    let input = KeyInput { name, scopes, expires_at: expiry(expires_at.as_deref())? };
    Ok(Created(app.manage_keys.make(&act, &door.caller, door.organization(), input).await?.into()))
}
