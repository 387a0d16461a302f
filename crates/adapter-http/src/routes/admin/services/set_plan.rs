use actix_web::web::{Data, Json, Path};
use entitlements::{Feature, PlanInput};
use serde::Deserialize;
use utoipa::ToSchema;

use super::feature::FeatureRequest;
use crate::App;
use crate::error::ApiError;
use crate::extract::{JsonBody, SteppedUpAdministrator};
use crate::routes::services::PlanView;

/// What a plan is to be, whatever it was.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanRequest {
    #[schema(min_length = 1, max_length = 100, example = "Standard")]
    name: String,
    #[schema(max_items = 50)]
    features: Vec<FeatureRequest>,
    /// Whether it can't be subscribed to any more. Who has it keeps it.
    #[serde(default)]
    retired: bool,
}

/// Make a plan, or make it another
///
/// Another set of features is another version: running subscriptions keep the one they have until they renew or move.
#[utoipa::path(put, path = "/admin/services/{code}/plans/{key}", tag = "admin", request_body = PlanRequest,
    params(
        ("code" = String, Path, description = "The service's code.", example = "SMS_GATEWAY"),
        ("key" = String, Path, description = "The plan's key: 1 to 50 lower case letters, digits, hyphens and underscores.",
            example = "standard"),
    ),
    responses(
        (status = 200, description = "The plan as it is now.", body = PlanView),
        (status = 404, description = "No such service."),
    ),
)]
pub(super) async fn set_plan(
    door: SteppedUpAdministrator,
    app: Data<App>,
    path: Path<(String, String)>,
    body: JsonBody<PlanRequest>,
) -> Result<Json<PlanView>, ApiError> {
    let (service, key) = path.into_inner();
    let JsonBody(PlanRequest { name, features, retired }) = body;
    let input = PlanInput { name, features: features.into_iter().map(Feature::from).collect(), retired };
    Ok(Json(app.set_plan.run(&door.act, &service, &key, &input).await?.into()))
}
