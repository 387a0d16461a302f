use actix_web::web::{Data, Json};

use super::organization::OrganizationDetails;
use crate::App;
use crate::error::{ApiError, Kind};
use crate::extract::needed::OrganizationUpdate;
use crate::extract::{Allowed, Tried, Upload};

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
    upload: Tried<Upload>,
) -> Result<Json<OrganizationDetails>, ApiError> {
    let upload = match upload.0 {
        Ok(Upload(bytes)) => bytes,
        Err(error) => {
            let reason = match error.kind() {
                Kind::UPLOAD_TOO_LARGE => Some("upload_too_large"),
                Kind::NOT_A_PICTURE => Some("not_a_picture"),
                _ => None,
            };
            if let Some(reason) = reason {
                app.set_logo.refuse(&door.act, door.organization(), reason).await?;
            }
            return Err(error);
        }
    };
    app.set_logo.run(&door.act, door.organization(), upload).await?;
    Ok(Json(OrganizationDetails::of(&app, door.organization()).await?))
}
