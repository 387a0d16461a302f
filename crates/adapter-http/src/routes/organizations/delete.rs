use actix_web::web::Data;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::SteppedUpInPerson;
use crate::extract::needed::OrganizationDelete;

/// Delete an organization
///
/// Nobody gets in any more, by whatever credential. For 30 days its owners can have it back; its slugs stay its own.
#[utoipa::path(delete, path = "/organizations/{id}", tag = "organizations",
    params(("id" = String, Path, description = "Its slug or id.")),
    responses((status = 204, description = "It is deleted.")),
)]
pub(super) async fn delete_organization(
    door: SteppedUpInPerson<OrganizationDelete>,
    app: Data<App>,
) -> Result<NoContent, ApiError> {
    app.delete_organization.run(&door.act, door.organization()).await?;
    Ok(NoContent)
}
