use actix_web::web::{Data, Json};

use super::organization::OrganizationDetails;
use crate::App;
use crate::error::ApiError;
use crate::extract::Allowed;
use crate::extract::needed::OrganizationView;

/// An organization
#[utoipa::path(get, path = "/organizations/{id}", tag = "organizations",
    params(("id" = String, Path, description = "Its slug or id.")),
    responses(
        (status = 200, description = "The organization.", body = OrganizationDetails),
    ),
)]
pub(super) async fn get_organization(
    door: Allowed<OrganizationView>,
    app: Data<App>,
) -> Result<Json<OrganizationDetails>, ApiError> {
    Ok(Json(OrganizationDetails::of(&app, door.organization()).await?))
}
