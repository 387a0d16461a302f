use actix_web::web::{Data, Json, Path};
use entitlements::ServicePatch;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::error::ApiError;
use crate::extract::{JsonBody, SteppedUpAdministrator};
use crate::routes::services::ServiceView;

/// What is to be another; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceChange {
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "Fax gateway")]
    name: Option<String>,
    /// What it is for.
    #[schema(nullable = false, max_length = 500, example = "Send faxes")]
    description: Option<String>,
    /// Whether it can't be subscribed to any more. What was subscribed to goes on.
    #[schema(nullable = false)]
    retired: Option<bool>,
}

/// Change a service, retire it or bring it back
#[utoipa::path(patch, path = "/admin/services/{code}", tag = "admin", request_body = ServiceChange,
    params(("code" = String, Path, description = "The service's code.", example = "SMS_GATEWAY")),
    responses(
        (status = 200, description = "The service as it is now.", body = ServiceView),
        (status = 404, description = "No such service."),
    ),
)]
pub(super) async fn update_service(
    door: SteppedUpAdministrator,
    app: Data<App>,
    code: Path<String>,
    body: JsonBody<ServiceChange>,
) -> Result<Json<ServiceView>, ApiError> {
    let JsonBody(ServiceChange { name, description, retired }) = body;
    let patch = ServicePatch { name, description, retired };
    Ok(Json(app.update_service.run(&door.act, &code, &patch).await?.into()))
}
