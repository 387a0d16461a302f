use std::time::Duration;

use actix_web::web::{Data, Json};
use futures::future::join_all;
use kernel::Fault;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{ApiError, Kind, chain};
use crate::{App, Part};

/// A part that takes longer is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// That every part answers.
#[derive(Serialize, ToSchema)]
pub(super) struct Ready {
    #[schema(example = "ready")]
    status: &'static str,
}

/// Whether every part answers
#[utoipa::path(get, path = "/readyz", tag = "operations", responses(
    (status = 200, description = "Every part does.", body = Ready),
    (status = 503, description = "The parts named under `parts` do not."),
))]
pub(super) async fn readyz(app: Data<App>) -> Result<Json<Ready>, ApiError> {
    let asked = join_all(app.parts.iter().map(|part| ask(part.as_ref()))).await;
    let silent: Vec<&str> = asked.into_iter().flatten().collect();
    if silent.is_empty() {
        return Ok(Json(Ready { status: "ready" }));
    }
    Err(ApiError::from(Kind::UNAVAILABLE).retry_after(5).with("parts", silent))
}

/// The part's name where it is not ready; why goes to the log.
async fn ask(part: &dyn Part) -> Option<&'static str> {
    let answer = tokio::time::timeout(PATIENCE, part.check()).await;
    let fault = answer.unwrap_or_else(|late| Err(Fault::Unavailable(late.into()))).err()?;
    tracing::warn!(part = part.name(), fault = %chain(&fault), "not ready");
    Some(part.name())
}
