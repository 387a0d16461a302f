use actix_web::web::{Data, Json};

use super::passkey::MyPasskey;
use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::SignedIn;

/// One's passkeys
#[utoipa::path(get, path = "/me/passkeys", tag = "me", responses(
    (status = 200, description = "All of them, the oldest first.", body = List<MyPasskey>),
))]
pub(super) async fn list_passkeys(door: SignedIn, app: Data<App>) -> Result<Json<List<MyPasskey>>, ApiError> {
    Ok(Json(List::whole(app.passkeys.of(door.caller.user).await?, MyPasskey::from)))
}
