use actix_web::web::Data;
use kernel::InvitationId;

use crate::App;
use crate::answer::NoContent;
use crate::error::{ApiError, Kind};
use crate::extract::needed::TeamInvite;
use crate::extract::{InOwnRight, Named};

/// Send an invitation once more
///
/// By another link, good for another seven days; the one before is worth nothing any more.
#[utoipa::path(post, path = "/team/invitations/{id}/resend", tag = "team",
    params(("id" = Uuid, Path, description = "The invitation's id.")),
    responses(
        (status = 204, description = "It is on its way."),
        (status = 403, description = "Giving the owner's role is for a person, who gave a factor a moment ago (`step_up_required`, `person_required`)."),
        (status = 404, description = "No such pending invitation."),
        (status = 409, description = "Its role is gone (`illegal_state`)."),
    ),
)]
pub(super) async fn resend_invitation(
    door: InOwnRight<TeamInvite>,
    id: Named<InvitationId>,
    app: Data<App>,
) -> Result<NoContent, ApiError> {
    let found = app.invitations.by_id(door.organization(), id.0).await?.ok_or(Kind::NOT_FOUND)?;
    door.prove_to_give(&app, found.role.as_str()).await?;
    app.resend_invitation.run(&door.act, door.organization(), id.0).await?;
    Ok(NoContent)
}
