use actix_web::web::Data;
use kernel::PasskeyId;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::{Named, SteppedUp};

/// Forget a passkey
#[utoipa::path(delete, path = "/me/passkeys/{id}", tag = "me",
    params(("id" = Uuid, Path, description = "The passkey's id.")),
    responses(
        (status = 204, description = "It opens nothing any more."),
        (status = 404, description = "No such passkey, or none of the caller's."),
        (status = 409, description = "It is the last way in, or the last second factor where an organization demands one (`last_way_in`, `mfa_demanded`)."),
    ),
)]
pub(super) async fn delete_passkey(
    door: SteppedUp,
    id: Named<PasskeyId>,
    app: Data<App>,
) -> Result<NoContent, ApiError> {
    app.remove_way_in.passkey(&door.act, (door.caller.user, door.caller.session), id.0).await?;
    Ok(NoContent)
}
