use actix_web::web::{Data, Json};

use super::Subscription;
use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::needed::EntitlementsView;
use crate::extract::{Allowed, Asked, Listing};

/// The organization's subscriptions, those that are over too
#[utoipa::path(get, path = "/subscriptions", tag = "entitlements", responses(
    (status = 200, description = "The newest first.", body = List<Subscription>),
))]
pub(super) async fn list_subscriptions(
    door: Allowed<EntitlementsView>,
    app: Data<App>,
    listing: Listing,
) -> Result<Json<List<Subscription>>, ApiError> {
    let Asked { page, cursors, .. } = listing.by(&door.act)?;
    let page = app.manage_subscription.list(door.organization(), page, door.act.at).await?;
    Ok(Json(List::of(page, &cursors, Subscription::from)))
}
