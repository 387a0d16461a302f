use actix_web::web::Data;
use kernel::{DeliveryId, WebhookId};

use crate::App;
use crate::answer::NoContent;
use crate::error::{ApiError, Kind};
use crate::extract::needed::WebhooksManage;
use crate::extract::{Allowed, NamedWord, Repeating, id};

/// Send an endpoint something once more
///
/// At once, and from the first try on; under the same `webhook-id`, so that a receiver that has it knows it.
#[utoipa::path(post, path = "/webhooks/{id}/deliveries/{delivery}/redeliver", tag = "webhooks",
    params(
        ("id" = Uuid, Path, description = "The endpoint's id."),
        ("delivery" = Uuid, Path, description = "The delivery's id."),
    ),
    responses(
        (status = 204, description = "It is on its way."),
        (status = 404, description = "No such delivery, or none of the organization's."),
        (status = 409, description = "The endpoint is disabled (`illegal_state`)."),
    ),
)]
pub(super) async fn redeliver(
    door: Allowed<WebhooksManage>,
    named: NamedWord<WebhookId>,
    app: Data<App>,
    repeating: Repeating,
) -> Result<NoContent, ApiError> {
    let act = repeating.by(&door.act)?;
    let delivery: DeliveryId = id(&named.word).ok_or(Kind::NOT_FOUND)?;
    app.order_deliveries.again(&act, door.organization(), named.id, delivery).await?;
    Ok(NoContent)
}
