use actix_web::web::Data;
use kernel::WebhookId;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::needed::WebhooksManage;
use crate::extract::{Allowed, Named};

/// Remove an endpoint
///
/// What waits for it is not sent any more.
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The endpoint's id.")),
    responses(
        (status = 204, description = "It is gone, and its deliveries with it."),
        (status = 404, description = "No such endpoint, or none of the organization's."),
    ),
)]
pub(super) async fn delete_webhook(
    door: Allowed<WebhooksManage>,
    id: Named<WebhookId>,
    app: Data<App>,
) -> Result<NoContent, ApiError> {
    app.delete_endpoint.run(&door.act, door.organization(), id.0).await?;
    Ok(NoContent)
}
