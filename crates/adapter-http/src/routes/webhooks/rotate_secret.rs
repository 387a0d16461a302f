use actix_web::web::{Data, Json};
use kernel::{Id, WebhookId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::webhook::Shown;
use crate::App;
use crate::error::ApiError;
use crate::extract::needed::WebhooksManage;
use crate::extract::{Allowed, Named, Repeating};

/// What deliveries are signed with from now on.
#[derive(Serialize, ToSchema)]
pub(super) struct RotatedSecret {
    /// The endpoint's id.
    id: Uuid,
    #[serde(flatten)]
    shown: Shown,
    /// What deliveries are verified with, where that is no secret: `whpk_…`.
    #[schema(required, example = "whpk_…")]
    public_key: Option<String>,
}

/// Give an endpoint another secret
///
/// The one before signs beside it for 24 hours: until then each delivery carries a signature of either.
#[utoipa::path(post, path = "/webhooks/{id}/rotate-secret", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The endpoint's id.")),
    responses(
        (status = 200, description = "The new one; it is shown this once.", body = RotatedSecret),
        (status = 404, description = "No such endpoint, or none of the organization's."),
        (status = 409, description = "Four replaced ones still sign: wait until the first has ended (`too_many_secrets`)."),
    ),
)]
pub(super) async fn rotate_webhook_secret(
    door: Allowed<WebhooksManage>,
    id: Named<WebhookId>,
    app: Data<App>,
    repeating: Repeating,
) -> Result<Json<RotatedSecret>, ApiError> {
    let act = repeating.by(&door.act)?;
    let verifier = app.rotate_secret.run(&act, door.organization(), id.0).await?;
    let public_key = verifier.public_key().map(str::to_owned);
    Ok(Json(RotatedSecret { id: id.0.uuid(), shown: Shown::from(&verifier), public_key }))
}
