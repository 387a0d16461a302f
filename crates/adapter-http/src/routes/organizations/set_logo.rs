use actix_web::web::{Data, Json};

use super::organization::OrganizationDetails;
use crate::App;
use crate::error::ApiError;
use crate::extract::needed::OrganizationUpdate;
use crate::extract::{Allowed, Upload};

/// Give an organization a logo
///
/// The picture is drawn anew, with no side longer than 1024 pixels: of the file sent nothing is kept but what can be seen.
/// What it is, is told by its bytes, and not by its `Content-Type`.
#[utoipa::path(put, path = "/organizations/{id}/logo", tag = "organizations",
    params(("id" = String, Path, description = "Its slug or id.")),
    responses(
        (status = 200, description = "The organization as it is now.", body = OrganizationDetails),
    ),
)]
pub(super) async fn set_logo(
    door: Allowed<OrganizationUpdate>,
    app: Data<App>,
    upload: Upload,
) -> Result<Json<OrganizationDetails>, ApiError> {
    app.set_logo.run(&door.act, door.organization(), upload.0).await?;
    Ok(Json(OrganizationDetails::of(&app, door.organization()).await?))
}
