use actix_web::web::{Data, Json, Path};
use entitlements::{ConsumeInput, Consumed};
use kernel::Time;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;
use crate::answer::Moment;
use crate::error::{ApiError, Kind};
use crate::extract::needed::EntitlementsConsume;
use crate::extract::{Allowed, JsonBody};

/// What is used up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UsageRequest {
    /// A meter of the plan.
    #[schema(example = "messages")]
    meter: String,
    /// How much; at least 1.
    #[schema(example = 1)]
    quantity: i64,
    /// 1 to 255 characters; one key counts once a period.
    #[schema(example = "order-4711")]
    idempotency_key: String,
}

/// What became of it.
#[derive(Serialize, ToSchema)]
pub(super) struct Usage {
    accepted: bool,
    #[schema(example = "messages")]
    meter: String,
    /// Used in this period, this included.
    used: i64,
    /// What is left; never below zero.
    remaining: i64,
    /// The quota.
    limit: i64,
    /// When the quota begins anew; null where it never does.
    #[schema(required)]
    resets_at: Option<Moment>,
}

impl From<Consumed> for Usage {
    fn from(consumed: Consumed) -> Self {
        Self {
            accepted: consumed.accepted,
            remaining: consumed.remaining(),
            meter: consumed.meter,
            used: consumed.used,
            limit: consumed.limit,
            resets_at: consumed.resets_at.map(Moment),
        }
    }
}

/// Check and consume in one step
#[utoipa::path(post, path = "/entitlements/{service}/usage", tag = "entitlements", request_body = UsageRequest,
    params(("service" = String, Path, description = "The service's code.", example = "SMS_GATEWAY")),
    responses(
        (status = 200, description = "It counts; or it counted before, under the same key.", body = Usage),
        (status = 429, description = "It would pass a hard quota; the fields of the answer beside those of the error."),
    ),
)]
pub(super) async fn consume(
    door: Allowed<EntitlementsConsume>,
    app: Data<App>,
    service: Path<String>,
    body: JsonBody<UsageRequest>,
) -> Result<Json<Usage>, ApiError> {
    let JsonBody(UsageRequest { meter, quantity, idempotency_key }) = body;
    let input = ConsumeInput { service: service.into_inner(), meter, quantity, idempotency_key };
    let consumed = app.consume.run(&door.act, door.organization(), &input).await?;
    if consumed.accepted { Ok(Json(consumed.into())) } else { Err(exceeded(&consumed, door.act.at)) }
}

fn exceeded(consumed: &Consumed, at: Time) -> ApiError {
    let error = ApiError::from(Kind::QUOTA_EXCEEDED)
        .with("accepted", false)
        .with("meter", consumed.meter.as_str())
        .with("used", consumed.used)
        .with("remaining", consumed.remaining())
        .with("limit", consumed.limit)
        .with("resets_at", consumed.resets_at.map(kernel::rfc3339));
    match consumed.resets_at {
        Some(resets_at) => error.retry_after((resets_at - at).num_seconds() + 1),
        None => error,
    }
}
