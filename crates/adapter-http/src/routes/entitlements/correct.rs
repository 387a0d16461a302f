use actix_web::web::{Data, Json, Path};
use entitlements::CorrectUsageInput;
use serde::Deserialize;
use utoipa::ToSchema;

use super::meter::Usage;
use crate::App;
use crate::error::ApiError;
use crate::extract::{JsonBody, SteppedUpAdministratorOf};

/// What is taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CorrectionRequest {
    /// A meter of the plan.
    #[schema(example = "messages")]
    meter: String,
    /// Below zero, and no more than was used in this period.
    #[schema(example = -5)]
    quantity: i64,
    /// 1 to 255 characters; one key counts once a period.
    #[schema(example = "ticket-12")]
    idempotency_key: String,
    /// For the audit log.
    #[schema(min_length = 1, max_length = 500, example = "Counted twice by a faulty gateway")]
    reason: String,
}

/// Take back what was counted and should not have been
#[utoipa::path(post, path = "/entitlements/{service}/corrections", tag = "entitlements", request_body = CorrectionRequest,
    params(("service" = String, Path, description = "The service's code.", example = "SMS_GATEWAY")),
    responses(
        (status = 200, description = "How the meter stands after it.", body = Usage),
        (status = 403, description = "The organization has no subscription that allows it (`not_entitled`)."),
        (status = 404, description = "No such service or organization."),
        (status = 422, description = "The key was used with another quantity; or the given data is invalid (`idempotency_key_reused`)."),
    ),
)]
pub(super) async fn correct_usage(
    door: SteppedUpAdministratorOf,
    app: Data<App>,
    service: Path<String>,
    body: JsonBody<CorrectionRequest>,
) -> Result<Json<Usage>, ApiError> {
    let JsonBody(CorrectionRequest { meter, quantity, idempotency_key, reason }) = body;
    let input = CorrectUsageInput { service: service.into_inner(), meter, quantity, idempotency_key, reason };
    Ok(Json(app.correct_usage.run(&door.act, door.organization, &input).await?.into()))
}
