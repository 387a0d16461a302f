use actix_web::web::Data;
use kernel::UserId;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::needed::TeamRemove;
use crate::extract::{Allowed, Named};

/// Suspend a member
///
/// Out of this organization at once, and of no other.
#[utoipa::path(post, path = "/team/members/{id}/suspend", tag = "team",
    params(("id" = Uuid, Path, description = "The member's id, which is the user's.")),
    responses(
        (status = 204, description = "The membership does not count."),
        (status = 404, description = "No such member."),
        (status = 409, description = "The last owner stays; nobody suspends themselves (`last_owner`, `illegal_state`)."),
    ),
)]
pub(super) async fn suspend_member(
    door: Allowed<TeamRemove>,
    id: Named<UserId>,
    app: Data<App>,
) -> Result<NoContent, ApiError> {
    app.suspend_member.suspend(&door.act, door.organization(), id.0).await?;
    Ok(NoContent)
}
