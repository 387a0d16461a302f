use actix_web::web::Data;
use entitlements::ServiceInput;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::Created;
use crate::error::ApiError;
use crate::extract::{Creating, SteppedUpAdministrator};
use crate::routes::services::ServiceView;

/// What a service is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceRequest {
    /// Its name in requests, for ever.
    #[schema(min_length = 1, max_length = 50, pattern = "^[A-Z0-9_]+$", example = "FAX_GATEWAY")]
    code: String,
    #[schema(min_length = 1, max_length = 100, example = "Fax gateway")]
    name: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 500, example = "Send faxes")]
    description: String,
}

/// Add a service to the catalogue
///
/// It has no plans yet.
#[utoipa::path(post, path = "/admin/services", tag = "admin", request_body = ServiceRequest, responses(
    (status = 201, description = "The service.", body = ServiceView),
    (status = 409, description = "The catalogue has a service of this code (`service_taken`)."),
))]
pub(super) async fn create_service(
    door: SteppedUpAdministrator,
    app: Data<App>,
    body: Creating<ServiceRequest>,
) -> Result<Created<ServiceView>, ApiError> {
    let (act, ServiceRequest { code, name, description }) = body.by(&door.act)?;
    let input = ServiceInput { code, name, description };
    Ok(Created(app.create_service.run(&act, &input).await?.into()))
}
