use actix_web::web::{Data, Json, Path};

use super::ServiceView;
use crate::App;
use crate::error::ApiError;
use crate::extract::Identified;

/// A service that can be subscribed to
#[utoipa::path(get, path = "/services/{code}", tag = "services",
    params(("code" = String, Path, description = "The service's code.", example = "SMS_GATEWAY")),
    responses(
        (status = 200, description = "The service with its plans.", body = ServiceView),
        (status = 404, description = "No such service, or it is retired."),
    ),
)]
pub(super) async fn get_service(
    _door: Identified,
    app: Data<App>,
    code: Path<String>,
) -> Result<Json<ServiceView>, ApiError> {
    Ok(Json(super::offered(&app, &code).await?.into()))
}
