use actix_web::web::{Data, Json};
use kernel::{DeliveryId, WebhookId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use webhooks::DeliveryDetails;

use super::delivery::Delivery;
use crate::App;
use crate::answer::Moment;
use crate::error::{ApiError, Kind};
use crate::extract::needed::WebhooksView;
use crate::extract::{Allowed, NamedWord, id};
use crate::routes::webhooks::webhook::endpoint;

/// A delivery with all that can be told of it.
#[derive(Serialize, ToSchema)]
pub(super) struct FullDelivery {
    #[serde(flatten)]
    delivery: Delivery,
    /// What is sent.
    #[schema(value_type = Object)]
    request: Value,
    /// Every try, the first first.
    attempts: Vec<Attempt>,
}

/// One try.
#[derive(Serialize, ToSchema)]
pub(super) struct Attempt {
    /// When it began; its `webhook-timestamp`.
    at: Moment,
    /// How long it took, in milliseconds.
    took_ms: u32,
    /// Where it went.
    #[schema(example = "https://billing.example.com/hooks")]
    url: String,
    /// What the receiver answered; null where it did not.
    #[schema(required, example = 500)]
    response_status: Option<u16>,
    /// How the answer began: its first 1024 bytes.
    #[schema(required, example = "{\"received\":true}")]
    response_body: Option<String>,
    /// What was wrong.
    #[schema(required, example = "answered 500")]
    error: Option<String>,
}

impl From<webhooks::Try> for Attempt {
    fn from(tried: webhooks::Try) -> Self {
        Self {
            at: Moment(tried.at),
            took_ms: tried.took_ms,
            url: tried.url,
            response_status: tried.status,
            response_body: tried.response,
            error: tried.error,
        }
    }
}

impl From<DeliveryDetails> for FullDelivery {
    fn from(details: DeliveryDetails) -> Self {
        let DeliveryDetails { delivery, message, tries } = details;
        Self {
            delivery: delivery.into(),
            request: message.payload(),
            attempts: tries.into_iter().map(Into::into).collect(),
        }
    }
}

/// One of the things an endpoint was sent
#[utoipa::path(get, path = "/webhooks/{id}/deliveries/{delivery}", tag = "webhooks",
    params(
        ("id" = Uuid, Path, description = "The endpoint's id."),
        ("delivery" = Uuid, Path, description = "The delivery's id."),
    ),
    responses(
        (status = 200, description = "What was sent, what was answered, when, and when it is tried next.", body = FullDelivery),
        (status = 404, description = "No such delivery, or none of the organization's."),
    ),
)]
pub(super) async fn get_delivery(
    door: Allowed<WebhooksView>,
    named: NamedWord<WebhookId>,
    app: Data<App>,
) -> Result<Json<FullDelivery>, ApiError> {
    let delivery: DeliveryId = id(&named.word).ok_or(Kind::NOT_FOUND)?;
    let endpoint = endpoint(&app, door.organization(), named.id).await?;
    let details = app.delivery_log.by_id(&endpoint, delivery).await?.ok_or(Kind::NOT_FOUND)?;
    Ok(Json(details.into()))
}
