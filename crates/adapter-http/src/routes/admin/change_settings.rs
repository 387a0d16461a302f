use actix_web::web::{Data, Json};

use super::settings::{AllSettings, SettingsChange};
use crate::App;
use crate::error::ApiError;
use crate::extract::{JsonBody, SteppedUpAdministrator};

/// Change settings, on every node
///
/// What was handed out before keeps its own lifetime.
#[utoipa::path(patch, path = "/admin/settings", tag = "admin", request_body = SettingsChange, responses(
    (status = 200, description = "The settings as they are now.", body = AllSettings),
))]
pub(super) async fn change_settings(
    door: SteppedUpAdministrator,
    app: Data<App>,
    body: JsonBody<SettingsChange>,
) -> Result<Json<AllSettings>, ApiError> {
    let settings = app.change_settings.run(&door.act, body.0.into()).await?;
    Ok(Json((&settings).into()))
}
