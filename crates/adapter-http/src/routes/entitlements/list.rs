use actix_web::web::{Data, Json};

use super::view::EntitlementView;
use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::Allowed;
use crate::extract::needed::EntitlementsView;

/// Everything the organization is entitled to, in one answer
///
/// Of every service it has a subscription to, or had: plan, status, and how each feature stands.
#[utoipa::path(get, path = "/entitlements", tag = "entitlements", responses(
    (status = 200, description = "All of them, in the catalogue's order.", body = List<EntitlementView>),
))]
pub(super) async fn list_entitlements(
    door: Allowed<EntitlementsView>,
    app: Data<App>,
) -> Result<Json<List<EntitlementView>>, ApiError> {
    let all = app.look_up.all(door.organization(), door.act.at).await?;
    Ok(Json(List::whole(all, EntitlementView::from)))
}
