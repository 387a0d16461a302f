use actix_web::web::{Data, Json};
use kernel::SubscriptionId;

use super::Subscription;
use crate::App;
use crate::error::ApiError;
use crate::extract::{Named, SteppedUpAdministrator};

/// Let a stopped subscription of whatever organization go on
///
/// Where it has ended meanwhile it stays so, and its organization may subscribe anew.
#[utoipa::path(post, path = "/subscriptions/{id}/activate", tag = "entitlements",
    params(("id" = Uuid, Path, description = "The subscription's id.")),
    responses(
        (status = 200, description = "The subscription as it is now.", body = Subscription),
        (status = 404, description = "No such subscription."),
        (status = 409, description = "It is not stopped (`illegal_state`)."),
    ),
)]
pub(super) async fn activate_subscription(
    door: SteppedUpAdministrator,
    id: Named<SubscriptionId>,
    app: Data<App>,
) -> Result<Json<Subscription>, ApiError> {
    Ok(Json(app.manage_subscription.activate(&door.act, id.0).await?.into()))
}
