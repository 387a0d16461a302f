use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::error::{ApiError, Kind};
use crate::extract::Unlimited;

/// That every part answers.
#[derive(Serialize, ToSchema)]
pub(super) struct Ready {
    #[schema(example = "ready")]
    status: &'static str,
    /// Parts that do not answer, and without which most works; absent where all do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, example = json!(["redis"]))]
    degraded: Vec<&'static str>,
}

/// Whether every part answers
///
/// Without Redis, sign-in by passkey and by provider fails and requests are counted by each node for itself; the rest works,
/// and the answer is 200. A server that was told to stop names `stopping`, and answers everything else until it ends.
#[utoipa::path(get, path = "/readyz", tag = "operations", responses(
    (status = 200, description = "Every part without which nothing works does.", body = Ready),
    (status = 503, description = "The parts named under `parts` do not."),
))]
pub(super) async fn readyz(_: Unlimited, app: Data<App>) -> Result<Json<Ready>, ApiError> {
    let look = app.parts.look(app.clock.as_ref()).await;
    let silent = |needed| {
        let of = look.parts.iter().filter(|it| it.needed == needed && !it.answers);
        of.map(|it| it.name).collect::<Vec<_>>()
    };
    let missing = if app.operations.draining.has_begun() { vec!["stopping"] } else { silent(true) };
    if missing.is_empty() {
        return Ok(Json(Ready { status: "ready", degraded: silent(false) }));
    }
    Err(ApiError::from(Kind::UNAVAILABLE).retry_after(5).with("parts", missing))
}
