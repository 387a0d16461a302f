use actix_web::web::{Data, Json};

use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::{Administrator, Asked, Listing};
use crate::routes::services::{ServiceView, page_of};

/// The catalogue, what is retired too
#[utoipa::path(get, path = "/admin/services", tag = "admin", responses(
    (status = 200, description = "The services with their plans, the oldest first.", body = List<ServiceView>),
))]
pub(super) async fn list_all_services(
    door: Administrator,
    app: Data<App>,
    listing: Listing,
) -> Result<Json<List<ServiceView>>, ApiError> {
    let Asked { page, cursors, .. } = listing.by(&door.act)?;
    let page = page_of(app.catalogue.services().await?, page);
    Ok(Json(List::of(page, &cursors, ServiceView::from)))
}
