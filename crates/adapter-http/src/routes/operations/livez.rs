use actix_web::web::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::extract::Unlimited;

/// That it lives.
#[derive(Serialize, ToSchema)]
pub(super) struct Alive {
    #[schema(example = "alive")]
    status: &'static str,
}

/// Whether this process answers
#[utoipa::path(get, path = "/livez", tag = "operations", responses(
    (status = 200, description = "It does.", body = Alive),
))]
pub(super) async fn livez(_: Unlimited) -> Result<Json<Alive>, ApiError> {
    Ok(Json(Alive { status: "alive" }))
}
