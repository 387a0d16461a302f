use actix_web::web::{Data, Json, Path};
use entitlements::ConsumeInput;
use serde::Deserialize;
use utoipa::ToSchema;

use super::meter::{Usage, told};
use crate::App;
use crate::error::ApiError;
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

/// Check and consume in one step
#[utoipa::path(post, path = "/entitlements/{service}/usage", tag = "entitlements", request_body = UsageRequest,
    params(("service" = String, Path, description = "The service's code.", example = "SMS_GATEWAY")),
    responses(
        (status = 200, description = "It counts; or it counted before, under the same key.", body = Usage),
        (status = 403, description = "The organization has no subscription that allows it (`not_entitled`)."),
        (status = 422, description = "The key was used with another quantity; or the given data is invalid (`idempotency_key_reused`)."),
        (status = 429, description = "It would pass a hard quota; the fields of the answer beside those of the error (`quota_exceeded`)."),
    ),
)]
pub(super) async fn consume(
    door: Allowed<EntitlementsConsume>,
    app: Data<App>,
    service: Path<String>,
    body: JsonBody<UsageRequest>,
) -> Result<Json<Usage>, ApiError> {
    let JsonBody(UsageRequest { meter, quantity, idempotency_key }) = body;
    let input = ConsumeInput { service: service.into_inner(), meter, quantity, idempotency_key, at: None };
    told(app.consume.run(&door.act, door.organization(), &input).await?, door.act.at).map(Json)
}
