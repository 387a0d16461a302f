use actix_web::web::{Data, Path};

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::InOwnRight;
use crate::extract::needed::TeamManageRoles;

/// Remove a role of the organization's own
///
/// Pending invitations to it are worth nothing any more.
#[utoipa::path(delete, path = "/team/roles/{id}", tag = "team",
    params(("id" = String, Path, description = "Its key or id.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, description = "No such role."),
        (status = 409, description = "Members have it, other roles inherit it, or it is one of the system's (`in_use`, `illegal_state`)."),
    ),
)]
pub(super) async fn delete_role(
    door: InOwnRight<TeamManageRoles>,
    id: Path<String>,
    app: Data<App>,
) -> Result<NoContent, ApiError> {
    app.delete_role.run(&door.act, door.organization(), &id).await?;
    Ok(NoContent)
}
