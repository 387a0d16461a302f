use actix_web::web::{Data, Json};

use super::settings::AllSettings;
use crate::App;
use crate::error::ApiError;
use crate::extract::Administrator;

/// What can be changed while the installation runs, as it is now
#[utoipa::path(get, path = "/admin/settings", tag = "admin", responses(
    (status = 200, description = "The settings.", body = AllSettings),
))]
pub(super) async fn get_settings(_door: Administrator, app: Data<App>) -> Result<Json<AllSettings>, ApiError> {
    let settings = app.settings.current().await?;
    Ok(Json(settings.as_ref().into()))
}
