use actix_web::web::Data;
use kernel::UserId;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::needed::TeamRemove;
use crate::extract::{Allowed, Named};

/// Remove a member
///
/// Out of this organization at once, and of no other; what was given to them directly goes too.
#[utoipa::path(delete, path = "/team/members/{id}", tag = "team",
    params(("id" = Uuid, Path, description = "The member's id, which is the user's.")),
    responses(
        (status = 204, description = "They are no member any more."),
        (status = 404, description = "No such member."),
        (status = 409, description = "The last owner stays (`last_owner`)."),
    ),
)]
pub(super) async fn remove_member(
    door: Allowed<TeamRemove>,
    id: Named<UserId>,
    app: Data<App>,
) -> Result<NoContent, ApiError> {
    app.remove_member.run(&door.act, door.organization(), id.0).await?;
    Ok(NoContent)
}
