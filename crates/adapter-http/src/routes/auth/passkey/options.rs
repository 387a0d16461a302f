use actix_web::web::{Data, Json};

use crate::App;
use crate::error::ApiError;
use crate::extract::Anybody;
use crate::routes::views::PasskeyOptions;

/// Begin to use a passkey: to sign in, as second factor, or to step up
///
/// For `navigator.credentials.get`; good once, for 5 minutes.
#[utoipa::path(post, path = "/auth/passkey/options", tag = "auth", responses(
    (status = 200, description = "What the browser is told.", body = PasskeyOptions),
    (status = 404, description = "There are no passkeys here: they need an installation that has a domain."),
))]
pub(super) async fn passkey_sign_in_options(_: Anybody, app: Data<App>) -> Result<Json<PasskeyOptions>, ApiError> {
    Ok(Json(PasskeyOptions(app.check_passkey.begin().await?)))
}
