use actix_web::web::{Data, Json};
use kernel::SubscriptionId;

use super::Subscription;
use crate::App;
use crate::error::ApiError;
use crate::extract::needed::EntitlementsManage;
use crate::extract::{Allowed, Named};

/// Let a cancelled subscription go on, before it has ended
#[utoipa::path(post, path = "/subscriptions/{id}/resume", tag = "entitlements",
    params(("id" = Uuid, Path, description = "The subscription's id.")),
    responses(
        (status = 200, description = "The subscription as it is now.", body = Subscription),
        (status = 404, description = "No such subscription."),
        (status = 409, description = "Not in the `status` it is in (`illegal_state`)."),
    ),
)]
pub(super) async fn resume_subscription(
    door: Allowed<EntitlementsManage>,
    id: Named<SubscriptionId>,
    app: Data<App>,
) -> Result<Json<Subscription>, ApiError> {
    Ok(Json(app.manage_subscription.resume(&door.act, door.organization(), id.0).await?.into()))
}
