use actix_web::web::{Data, Json};
use entitlements::Service;

use super::{ServiceView, page_of};
use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::{Asked, Identified, Listing};

/// What can be subscribed to
#[utoipa::path(get, path = "/services", tag = "services", responses(
    (status = 200, description = "The services with their plans.", body = List<ServiceView>),
))]
pub(super) async fn list_services(
    door: Identified,
    app: Data<App>,
    listing: Listing,
) -> Result<Json<List<ServiceView>>, ApiError> {
    let Asked { page, cursors, .. } = listing.by(&door.act)?;
    let services = app.catalogue.services().await?.into_iter().filter_map(Service::offered).collect();
    Ok(Json(List::of(page_of(services, page), &cursors, ServiceView::from)))
}
