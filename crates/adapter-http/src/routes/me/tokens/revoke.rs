use actix_web::web::Data;
use identity::KeyOwner;
use kernel::KeyId;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::{Named, SignedIn};

/// Revoke a personal token
#[utoipa::path(delete, path = "/me/tokens/{id}", tag = "me",
    params(("id" = Uuid, Path, description = "The token's id.")),
    responses(
        (status = 204, description = "It is worth nothing any more."),
        (status = 404, description = "No such token, or none of the caller's."),
    ),
)]
pub(super) async fn revoke_token(door: SignedIn, id: Named<KeyId>, app: Data<App>) -> Result<NoContent, ApiError> {
    app.manage_keys.revoke(&door.act, KeyOwner::User(door.caller.user), id.0).await?;
    Ok(NoContent)
}
