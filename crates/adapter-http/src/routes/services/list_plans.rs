use actix_web::web::{Data, Json, Path};

use super::PlanView;
use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::Identified;

/// The plans of a service that can be subscribed to
#[utoipa::path(get, path = "/services/{code}/plans", tag = "services",
    params(("code" = String, Path, description = "The service's code.", example = "SMS_GATEWAY")),
    responses(
        (status = 200, description = "The plans in their order.", body = List<PlanView>),
        (status = 404, description = "No such service, or it is retired."),
    ),
)]
pub(super) async fn list_plans(
    _door: Identified,
    app: Data<App>,
    code: Path<String>,
) -> Result<Json<List<PlanView>>, ApiError> {
    Ok(Json(List::whole(super::offered(&app, &code).await?.plans, PlanView::from)))
}
