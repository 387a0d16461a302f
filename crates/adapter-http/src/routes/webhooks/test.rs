use actix_web::web::Data;
use kernel::WebhookId;

use super::deliveries::Delivery;
use super::webhook::endpoint;
use crate::App;
use crate::answer::Created;
use crate::error::{ApiError, Kind};
use crate::extract::needed::WebhooksManage;
use crate::extract::{Allowed, Named, Repeating};

/// Send an endpoint a test
///
/// An event of type `webhook.test`, signed, tried and written down as every other.
#[utoipa::path(post, path = "/webhooks/{id}/test", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The endpoint's id.")),
    responses(
        (status = 201, description = "The delivery; it is on its way.", body = Delivery),
        (status = 404, description = "No such endpoint, or none of the organization's."),
        (status = 409, description = "The endpoint is disabled (`illegal_state`)."),
    ),
)]
pub(super) async fn test_webhook(
    door: Allowed<WebhooksManage>,
    id: Named<WebhookId>,
    app: Data<App>,
    repeating: Repeating,
) -> Result<Created<Delivery>, ApiError> {
    let act = repeating.by(&door.act)?;
    let delivery = app.order_deliveries.test(&act, door.organization(), id.0).await?;
    let endpoint = endpoint(&app, door.organization(), id.0).await?;
    let details = app.delivery_log.by_id(&endpoint, delivery).await?.ok_or(Kind::NOT_FOUND)?;
    Ok(Created(details.delivery.into()))
}
