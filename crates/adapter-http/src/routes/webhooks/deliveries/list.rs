use actix_web::web::{Data, Json};
use kernel::{Problems, WebhookId};
use serde::Deserialize;
use utoipa::ToSchema;
use webhooks::DeliveryStatus;

use super::delivery::Delivery;
use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::needed::WebhooksView;
use crate::extract::{Allowed, Asked, Listing, Named};
use crate::routes::webhooks::webhook::endpoint;

/// Which deliveries are wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Standing {
    /// `pending`, `delivered` or `failed`.
    #[schema(pattern = "^(pending|delivered|failed)$", example = "failed")]
    status: Option<String>,
}

impl Standing {
    fn read(&self) -> Result<Option<DeliveryStatus>, Problems> {
        let Some(text) = &self.status else { return Ok(None) };
        let problem = || Problems::one("status", "The status field must be pending, delivered or failed.");
        DeliveryStatus::parse(text).map(Some).ok_or_else(problem)
    }
}

/// What an endpoint was sent
#[utoipa::path(get, path = "/webhooks/{id}/deliveries", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The endpoint's id.")),
    responses(
        (status = 200, description = "The newest first; settled ones are kept for 30 days.", body = List<Delivery>),
        (status = 404, description = "No such endpoint, or none of the organization's."),
    ),
)]
pub(super) async fn list_deliveries(
    door: Allowed<WebhooksView>,
    id: Named<WebhookId>,
    app: Data<App>,
    listing: Listing<Standing>,
) -> Result<Json<List<Delivery>>, ApiError> {
    let Asked { filter, page, cursors } = listing.by(&door.act)?;
    let status = filter.read()?;
    let endpoint = endpoint(&app, door.organization(), id.0).await?;
    let page = app.delivery_log.of(&endpoint, status, page).await?;
    Ok(Json(List::of(page, &cursors, Delivery::from)))
}
