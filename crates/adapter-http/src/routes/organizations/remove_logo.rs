use actix_web::web::Data;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::Allowed;
use crate::extract::needed::OrganizationUpdate;

/// Take an organization's logo away
#[utoipa::path(delete, path = "/organizations/{id}/logo", tag = "organizations",
    params(("id" = String, Path, description = "Its slug or id.")),
    responses((status = 204, description = "It has none, whether or not it had one.")),
)]
pub(super) async fn remove_logo(door: Allowed<OrganizationUpdate>, app: Data<App>) -> Result<NoContent, ApiError> {
    app.remove_logo.run(&door.act, door.organization()).await?;
    Ok(NoContent)
}
