use actix_web::HttpResponse;
use actix_web::web::Data;

use crate::App;
use crate::answer::{picture_tag, shown};
use crate::error::{ApiError, Kind};
use crate::extract::needed::OrganizationView;
use crate::extract::{Allowed, IfNoneMatch};

/// An organization's logo
#[utoipa::path(get, path = "/organizations/{id}/logo", tag = "organizations",
    params(("id" = String, Path, description = "Its slug or id.")),
    responses(
        (status = 200, description = "The picture.", content(("image/png"), ("image/jpeg"))),
        (status = 304, description = "It is the one that `If-None-Match` names."),
        (status = 404, description = "No such organization, or none of the caller's, or it has no logo."),
    ),
)]
pub(super) async fn get_logo(
    door: Allowed<OrganizationView>,
    app: Data<App>,
    known: IfNoneMatch,
) -> Result<HttpResponse, ApiError> {
    let logo = app.read_logo.run(door.organization(), |file| known.names(&picture_tag(file))).await?;
    shown("logo", logo.ok_or(Kind::NOT_FOUND)?)
}
