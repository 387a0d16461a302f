use actix_web::web::Data;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::passkey::MyPasskey;
use crate::App;
use crate::answer::Created;
use crate::error::ApiError;
use crate::extract::{Creating, SteppedUp};

/// What the browser made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPasskey {
    /// What to call it.
    #[schema(min_length = 1, max_length = 100, example = "My laptop")]
    name: String,
    /// `toJSON()` of what `navigator.credentials.create` answered.
    #[schema(example = json!({"id": "…", "rawId": "…", "type": "public-key", "response": {}}))]
    credential: Value,
}

/// Make a passkey
#[utoipa::path(post, path = "/me/passkeys/register", tag = "me", request_body = NewPasskey, responses(
    (status = 201, description = "The passkey.", body = MyPasskey),
    (status = 401, description = "What the browser made is not believed; or there is no access token, or none that is good (`proof_invalid`)."),
    (status = 404, description = "There are no passkeys here: they need an installation that has a domain."),
    (status = 409, description = "It is known already, or there are as many as there may be (`passkey_taken`, `too_many`)."),
))]
pub(super) async fn register_passkey(
    door: SteppedUp,
    app: Data<App>,
    body: Creating<NewPasskey>,
) -> Result<Created<MyPasskey>, ApiError> {
    let (act, NewPasskey { name, credential }) = body.by(&door.act)?;
    Ok(Created(app.register_passkey.finish(&act, door.caller.user, &name, &credential).await?.into()))
}
