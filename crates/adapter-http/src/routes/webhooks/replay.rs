use actix_web::web::Data;
use kernel::{Problems, WebhookId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::needed::WebhooksManage;
use crate::extract::{Allowed, Creating, Named};
use crate::routes::times::time;

/// Which events.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Span {
    /// From this moment on.
    #[schema(format = DateTime)]
    from: String,
    /// Until before this one.
    #[schema(format = DateTime)]
    to: String,
}

/// Send an endpoint the events of a span once more
///
/// All that it wants of what happened then, delivered or not, under the same ids, at most 10000 events; they are kept for 30
/// days. What waits is sent at once.
#[utoipa::path(post, path = "/webhooks/{id}/replay", tag = "webhooks", request_body = Span,
    params(("id" = Uuid, Path, description = "The endpoint's id.")),
    responses(
        (status = 204, description = "They are on their way."),
        (status = 404, description = "No such endpoint, or none of the organization's."),
        (status = 409, description = "The endpoint is disabled (`illegal_state`)."),
    ),
)]
pub(super) async fn replay_webhook(
    door: Allowed<WebhooksManage>,
    id: Named<WebhookId>,
    app: Data<App>,
    body: Creating<Span>,
) -> Result<NoContent, ApiError> {
    let (act, span) = body.by(&door.act)?;
    let mut problems = Problems::default();
    let from = time(&mut problems, "from", Some(&span.from));
    let to = time(&mut problems, "to", Some(&span.to));
    let (Some(from), Some(to)) = (from, to) else { return Err(problems.into()) };
    app.order_deliveries.span(&act, door.organization(), id.0, from, to).await?;
    Ok(NoContent)
}
