use actix_web::web::{Data, Json};

use crate::App;
use crate::error::ApiError;
use crate::extract::SteppedUp;
use crate::routes::views::PasskeyOptions;

/// Begin to make a passkey
///
/// For `navigator.credentials.create`; good once, for 5 minutes.
#[utoipa::path(post, path = "/me/passkeys/options", tag = "me", responses(
    (status = 200, description = "What the browser is told.", body = PasskeyOptions),
    (status = 404, description = "There are no passkeys here: they need an installation that has a domain."),
))]
pub(super) async fn passkey_options(door: SteppedUp, app: Data<App>) -> Result<Json<PasskeyOptions>, ApiError> {
    Ok(Json(PasskeyOptions(app.register_passkey.begin(door.caller.user).await?)))
}
