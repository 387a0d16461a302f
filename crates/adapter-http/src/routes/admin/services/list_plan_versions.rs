use actix_web::web::{Data, Json, Path};
use entitlements::{Plan, ServiceCode};

use crate::App;
use crate::answer::List;
use crate::error::{ApiError, Kind};
use crate::extract::Administrator;
use crate::routes::services::PlanView;

/// What a plan gave, version by version
#[utoipa::path(get, path = "/admin/services/{code}/plans/{key}/versions", tag = "admin",
    params(
        ("code" = String, Path, description = "The service's code.", example = "SMS_GATEWAY"),
        ("key" = String, Path, description = "The plan's key.", example = "standard"),
    ),
    responses(
        (status = 200, description = "The newest first.", body = List<PlanView>),
        (status = 404, description = "No such plan."),
    ),
)]
pub(super) async fn list_plan_versions(
    _door: Administrator,
    app: Data<App>,
    path: Path<(String, String)>,
) -> Result<Json<List<PlanView>>, ApiError> {
    let (code, key) = path.into_inner();
    let code = ServiceCode::parse(&code).ok_or(Kind::NOT_FOUND)?;
    if !Plan::is_key(&key) {
        return Err(Kind::NOT_FOUND.into());
    }
    let versions = app.catalogue.plan_versions(&code, &key).await?;
    if versions.is_empty() { Err(Kind::NOT_FOUND.into()) } else { Ok(Json(List::whole(versions, PlanView::from))) }
}
