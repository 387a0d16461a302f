use actix_web::web::{Data, Path};
use identity::{IdentityRef, Provider};

use crate::App;
use crate::answer::NoContent;
use crate::error::{ApiError, Kind};
use crate::extract::{SteppedUp, id};

/// Unlink an account at a provider
#[utoipa::path(delete, path = "/me/identities/{identity}", tag = "me",
    params(("identity" = String, Path, description = "The identity's id, or its provider.")),
    responses(
        (status = 204, description = "It opens nothing any more."),
        (status = 404, description = "No such identity, or none of the caller's."),
        (status = 409, description = "It is the last way in (`last_way_in`)."),
    ),
)]
pub(super) async fn unlink_identity(
    door: SteppedUp,
    named: Path<String>,
    app: Data<App>,
) -> Result<NoContent, ApiError> {
    let identity = Provider::parse(&named).map(IdentityRef::At).or_else(|| id(&named).map(IdentityRef::Id));
    let own = (door.caller.user, door.caller.session);
    app.remove_way_in.identity(&door.act, own, identity.ok_or(Kind::NOT_FOUND)?).await?;
    Ok(NoContent)
}
