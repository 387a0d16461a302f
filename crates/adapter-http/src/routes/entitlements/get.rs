use actix_web::web::{Data, Json, Path};

use super::view::EntitlementView;
use crate::App;
use crate::error::ApiError;
use crate::extract::Allowed;
use crate::extract::needed::EntitlementsView;

/// What the organization is entitled to of a service, and how much of it is left
#[utoipa::path(get, path = "/entitlements/{service}", tag = "entitlements",
    params(("service" = String, Path, description = "The service's code.", example = "SMS_GATEWAY")),
    responses((status = 200, description = "The entitlement, also where there is none.", body = EntitlementView)),
)]
pub(super) async fn get_entitlement(
    door: Allowed<EntitlementsView>,
    app: Data<App>,
    service: Path<String>,
) -> Result<Json<EntitlementView>, ApiError> {
    Ok(Json(app.look_up.service(door.organization(), &service, door.act.at).await?.into()))
}
