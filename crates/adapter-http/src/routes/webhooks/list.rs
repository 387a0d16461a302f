use actix_web::web::{Data, Json};

use super::webhook::Webhook;
use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::needed::WebhooksView;
use crate::extract::{Allowed, Asked, Listing};

/// The endpoints that are told of events
#[utoipa::path(get, path = "/webhooks", tag = "webhooks", responses(
    (status = 200, description = "The newest first.", body = List<Webhook>),
))]
pub(super) async fn list_webhooks(
    door: Allowed<WebhooksView>,
    app: Data<App>,
    listing: Listing,
) -> Result<Json<List<Webhook>>, ApiError> {
    let Asked { page, cursors, .. } = listing.by(&door.act)?;
    let page = app.endpoints.of(door.organization(), page).await?;
    Ok(Json(List::of(page, &cursors, Webhook::from)))
}
