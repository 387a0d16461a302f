use actix_web::web::{Data, Path};

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::InOwnRight;
use crate::extract::needed::TeamManageRoles;

/// Withdraw a permission that the organization declared
///
/// Where a role holds it by a wildcard, only who holds it too does.
#[utoipa::path(delete, path = "/permissions/{permission}", tag = "permissions",
    params(("permission" = String, Path, description = "Such as hives.open.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, description = "The organization declared no such permission."),
        (status = 409, description = "A role names it, or a member was given or denied it (`in_use`)."),
    ),
)]
pub(super) async fn withdraw_permission(
    door: InOwnRight<TeamManageRoles>,
    permission: Path<String>,
    app: Data<App>,
) -> Result<NoContent, ApiError> {
    app.withdraw_permission.run(&door.act, door.organization(), &permission).await?;
    Ok(NoContent)
}
