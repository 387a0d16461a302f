use actix_web::web::{Data, Json, Path};
use kernel::OrganizationRef;

use super::organization::OrganizationDetails;
use crate::App;
use crate::error::{ApiError, Kind};
use crate::extract::SignedIn;

/// Bring a deleted organization back, as its owner
#[utoipa::path(post, path = "/organizations/{id}/restore", tag = "organizations",
    params(("id" = String, Path, description = "Its slug or id.")),
    responses(
        (status = 200, description = "The organization, with everything that was in it.", body = OrganizationDetails),
        (status = 404, description = "No such organization, or not its owner, or more than 30 days ago."),
        (status = 409, description = "It is not deleted (`illegal_state`)."),
    ),
)]
pub(super) async fn restore_organization(
    door: SignedIn,
    id: Path<String>,
    app: Data<App>,
) -> Result<Json<OrganizationDetails>, ApiError> {
    let wanted = OrganizationRef::parse(&id).ok_or(Kind::NOT_FOUND)?;
    let id = app.restore_organization.run(&door.act, &wanted).await?;
    Ok(Json(OrganizationDetails::of(&app, id).await?))
}
