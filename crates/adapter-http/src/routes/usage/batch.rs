use actix_web::web::{Data, Json};
use entitlements::{ConsumeInput, Consumed};
use kernel::{Problems, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;
use crate::error::{ApiError, Envelope, Kind};
use crate::extract::needed::EntitlementsConsume;
use crate::extract::{Allowed, JsonBody};
use crate::routes::entitlements::meter::Usage;
use crate::routes::times::time;

/// Up to 50 events, each with a result of its own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BatchRequest {
    #[schema(min_items = 1, max_items = 50)]
    events: Vec<EventRequest>,
}

/// What was used up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EventRequest {
    /// The service's code.
    #[schema(example = "SMS_GATEWAY")]
    service: String,
    /// A meter of the plan.
    #[schema(example = "messages")]
    meter: String,
    /// How much; at least 1.
    #[schema(example = 1)]
    quantity: i64,
    /// 1 to 255 characters; one key counts once a period.
    #[schema(example = "order-4711")]
    idempotency_key: String,
    /// When it happened, for the history: within the last 31 days; RFC 3339. It counts in the period that is running.
    #[schema(format = DateTime)]
    at: Option<String>,
}

/// What became of each event, in order.
#[derive(Serialize, ToSchema)]
pub(super) struct BatchResults {
    results: Vec<EventResult>,
}

/// What became of one event.
#[derive(Serialize, ToSchema)]
pub(super) struct EventResult {
    /// Its place in the request, from 0.
    index: usize,
    /// How the meter stands, where the event could be counted at all.
    #[serde(flatten)]
    #[schema(inline)]
    usage: Option<Usage>,
    /// Why it was not accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Envelope>,
}

/// Consume up to 50 times at once, over any services and meters
///
/// They are dealt with in their order and each has a result of its own; what was accepted stays accepted whatever becomes
/// of the others.
#[utoipa::path(post, path = "/usage/batch", tag = "entitlements", request_body = BatchRequest,
    responses((status = 200, description = "What became of each.", body = BatchResults)),
)]
pub(super) async fn consume_batch(
    door: Allowed<EntitlementsConsume>,
    app: Data<App>,
    body: JsonBody<BatchRequest>,
) -> Result<Json<BatchResults>, ApiError> {
    let inputs = read(body.0)?;
    let results = app.consume.run_all(&door.act, door.organization(), &inputs).await?;
    let told = |(index, result): (usize, Result<Consumed, entitlements::Error>)| {
        let (usage, error) = match result {
            Ok(it) if it.accepted => (Some(it.into()), None),
            Ok(it) => (Some(it.into()), Some(Kind::QUOTA_EXCEEDED.into())),
            Err(error) => (None, Some(ApiError::from(error))),
        };
        EventResult { index, usage, error: error.map(|it: ApiError| it.envelope(&door.act.request_id)) }
    };
    Ok(Json(BatchResults { results: results.into_iter().enumerate().map(told).collect() }))
}

/// What is wrong with one event is that event's; only what can't be read at all is everybody's.
fn read(batch: BatchRequest) -> Result<Vec<ConsumeInput>, Problems> {
    let mut problems = Problems::default();
    let inputs = batch.events.into_iter().enumerate().map(|(i, event)| {
        let mut of_one = Problems::default();
        let at: Option<Time> = time(&mut of_one, "at", event.at.as_deref());
        problems.add_all(&format!("events.{i}"), of_one);
        let EventRequest { service, meter, quantity, idempotency_key, .. } = event;
        ConsumeInput { service, meter, quantity, idempotency_key, at }
    });
    let inputs: Vec<ConsumeInput> = inputs.collect();
    if problems.is_empty() { Ok(inputs) } else { Err(problems) }
}
