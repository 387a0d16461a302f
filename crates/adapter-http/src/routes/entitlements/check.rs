use actix_web::web::{Data, Json, Path};
use entitlements::{Check, FeatureValue, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::FeatureValueView;
use crate::App;
use crate::error::ApiError;
use crate::extract::needed::EntitlementsView;
use crate::extract::{Allowed, JsonBody};

/// Which feature, and how much of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckRequest {
    #[schema(example = "messages")]
    feature: String,
    /// At least 1; without it 1.
    #[schema(minimum = 1, example = 5)]
    quantity: Option<i64>,
}

/// Whether it may be used so much.
#[derive(Serialize, ToSchema)]
pub(super) struct CheckView {
    allowed: bool,
    /// Why not: `not_entitled`, `no_such_feature` or `quota_exceeded`; null where it may.
    #[schema(required, example = "quota_exceeded")]
    reason: Option<&'static str>,
    #[schema(example = "messages")]
    feature: String,
    /// How it stands, where the plan has it.
    #[serde(flatten)]
    #[schema(inline)]
    state: Option<FeatureValueView>,
}

impl CheckView {
    fn of(feature: String, check: Check) -> Self {
        let allowed = check.allowed();
        let state: Option<FeatureValue> = check.feature;
        Self { allowed, reason: check.refusal.map(Refusal::as_str), feature, state: state.map(Into::into) }
    }
}

/// Whether a feature may be used so much; changes nothing
///
/// Only consuming is exact: between a check and what follows it somebody else may have used the rest.
#[utoipa::path(post, path = "/entitlements/{service}/check", tag = "entitlements", request_body = CheckRequest,
    params(("service" = String, Path, description = "The service's code.", example = "SMS_GATEWAY")),
    responses((status = 200, description = "The answer.", body = CheckView)),
)]
pub(super) async fn check(
    door: Allowed<EntitlementsView>,
    app: Data<App>,
    service: Path<String>,
    body: JsonBody<CheckRequest>,
) -> Result<Json<CheckView>, ApiError> {
    let JsonBody(CheckRequest { feature, quantity }) = body;
    let check = app.look_up.check(door.organization(), &service, &feature, quantity, door.act.at).await?;
    Ok(Json(CheckView::of(feature, check)))
}
