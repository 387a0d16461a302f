use actix_web::HttpResponse;
use actix_web::web::Data;

use crate::App;
use crate::error::ApiError;
use crate::extract::Unlimited;
use crate::operations::{CONTENT_TYPE, render};

/// What this process has done and has to do
///
/// In the text format of Prometheus. Nothing in it names organizations or people. An installation may serve it at an address of
/// its own instead.
#[utoipa::path(get, path = "/metrics", tag = "operations", responses(
    (status = 200, description = "Counters, gauges and histograms.", body = String, content_type = "text/plain"),
    (status = 404, description = "They have an address of their own."),
))]
pub(super) async fn metrics(_: Unlimited, app: Data<App>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().content_type(CONTENT_TYPE).body(render(&app.operations).await))
}
