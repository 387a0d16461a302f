use actix_web::web::{Data, Json};
use kernel::SubscriptionId;

use super::Subscription;
use crate::App;
use crate::error::ApiError;
use crate::extract::needed::EntitlementsView;
use crate::extract::{Allowed, Named};

/// A subscription
#[utoipa::path(get, path = "/subscriptions/{id}", tag = "entitlements",
    params(("id" = Uuid, Path, description = "The subscription's id.")),
    responses(
        (status = 200, description = "The subscription as it stands.", body = Subscription),
        (status = 404, description = "No such subscription."),
    ),
)]
pub(super) async fn get_subscription(
    door: Allowed<EntitlementsView>,
    id: Named<SubscriptionId>,
    app: Data<App>,
) -> Result<Json<Subscription>, ApiError> {
    Ok(Json(app.manage_subscription.get(door.organization(), id.0, door.act.at).await?.into()))
}
