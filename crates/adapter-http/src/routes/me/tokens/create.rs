use accounts::{KeyInput, ShownKey};
use actix_web::web::Data;
use kernel::Id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::answer::{Created, Hidden, Moment};
use crate::error::ApiError;
use crate::extract::{Creating, SteppedUp};
use crate::routes::times::expiry;

/// What a token is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenRequest {
    #[schema(min_length = 1, max_length = 100, example = "Backups")]
    name: String,
    /// Each held by the caller in an organization of theirs.
    #[schema(max_items = 100, example = json!(["team.view"]))]
    permissions: Vec<String>,
    /// Without it the token is good until it is revoked.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// A personal token; it is shown this once.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownToken {
    id: Uuid,
    #[schema(example = "Deployments")]
    name: String,
    #[schema(example = "pcp_…")]
    token: Hidden,
    #[schema(example = json!(["team.view"]))]
    permissions: Vec<String>,
    #[schema(required)]
    expires_at: Option<Moment>,
}

impl From<ShownKey> for ShownToken {
    fn from(key: ShownKey) -> Self {
        Self {
            id: key.id.uuid(),
            name: key.name.as_str().to_owned(),
            token: Hidden(key.key),
            permissions: key.scopes.iter().flatten().map(ToString::to_string).collect(),
            expires_at: key.expires_at.map(Moment),
        }
    }
}

/// Make a personal token
///
/// With it a program is the caller, and may of what they may only the chosen permissions.
#[utoipa::path(post, path = "/me/tokens", tag = "me", request_body = TokenRequest, responses(
    (status = 201, description = "The token.", body = ShownToken),
    (status = 403, description = "A factor must be given anew first, a permission is not held, or the caller's address is not verified; not by a key or personal token (`permission_denied`, `email_not_verified`)."),
))]
pub(super) async fn create_token(
    door: SteppedUp,
    app: Data<App>,
    body: Creating<TokenRequest>,
) -> Result<Created<ShownToken>, ApiError> {
    let (act, TokenRequest { name, permissions, expires_at }) = body.by(&door.act)?;
    let input = KeyInput { name, scopes: Some(permissions), expires_at: expiry(expires_at.as_deref())? };
    Ok(Created(app.manage_keys.make_personal(&act, &door.caller, input).await?.into()))
}
