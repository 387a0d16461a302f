use actix_web::web::Data;
use kernel::InvitationId;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::needed::TeamInvite;
use crate::extract::{Allowed, Named};

/// Take an invitation back
#[utoipa::path(delete, path = "/team/invitations/{id}", tag = "team",
    params(("id" = Uuid, Path, description = "The invitation's id.")),
    responses(
        (status = 204, description = "Its link is worth nothing any more."),
        (status = 404, description = "No such pending invitation."),
    ),
)]
pub(super) async fn cancel_invitation(
    door: Allowed<TeamInvite>,
    id: Named<InvitationId>,
    app: Data<App>,
) -> Result<NoContent, ApiError> {
    app.cancel_invitation.run(&door.act, door.organization(), id.0).await?;
    Ok(NoContent)
}
