use actix_web::web::{Data, Json};
use kernel::WebhookId;

use super::webhook::Webhook;
use crate::App;
use crate::error::ApiError;
use crate::extract::needed::WebhooksView;
use crate::extract::{Allowed, Named};

/// An endpoint
#[utoipa::path(get, path = "/webhooks/{id}", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The endpoint's id.")),
    responses(
        (status = 200, description = "The endpoint, without its secret.", body = Webhook),
        (status = 404, description = "No such endpoint, or none of the organization's."),
    ),
)]
pub(super) async fn get_webhook(
    door: Allowed<WebhooksView>,
    id: Named<WebhookId>,
    app: Data<App>,
) -> Result<Json<Webhook>, ApiError> {
    Ok(Json(Webhook::of(&app, door.organization(), id.0).await?))
}
