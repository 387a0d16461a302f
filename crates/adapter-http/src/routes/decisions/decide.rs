use accounts::{Decision, DeniedBy, Question};
use actix_web::web::{Data, Json};
use kernel::{Permission, Problems};
use rbac::system;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;
use crate::answer::Moment;
use crate::error::ApiError;
use crate::extract::{Inside, JsonBody};
use crate::routes::entitlements::view::FeatureValueView;

/// A permission, a service, or both; of a service a feature, and how much of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionRequest {
    #[schema(example = "entitlements.consume")]
    permission: Option<String>,
    /// A service's code; asking about one needs entitlements.view.
    #[schema(example = "SMS_GATEWAY")]
    service: Option<String>,
    #[schema(example = "messages")]
    feature: Option<String>,
    /// At least 1; without it 1.
    #[schema(minimum = 1, example = 5)]
    quantity: Option<i64>,
}

/// Whether it may be done, and if not, what says no.
#[derive(Serialize, ToSchema)]
pub(super) struct DecisionView {
    allowed: bool,
    /// `permission`, `entitlement` or `quota`; null where nothing says no.
    #[schema(required, example = "quota")]
    denied_by: Option<&'static str>,
    /// Why: of a permission as `/permissions/check` says it, else `not_entitled`, `no_such_feature` or `quota_exceeded`.
    #[schema(required, example = "quota_exceeded")]
    reason: Option<&'static str>,
    /// When the quota begins anew; null where none was asked about, or it never does.
    #[schema(required)]
    resets_at: Option<Moment>,
    /// How the feature stands, where one was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    feature: Option<FeatureValueView>,
}

impl From<Decision> for DecisionView {
    fn from(decision: Decision) -> Self {
        Self {
            allowed: decision.denied_by.is_none(),
            denied_by: decision.denied_by.map(DeniedBy::as_str),
            reason: decision.reason(),
            resets_at: decision.resets_at().map(Moment),
            feature: decision.entitlement.and_then(|it| it.feature).map(FeatureValueView::from),
        }
    }
}

/// Permission, entitlement and quota in one question
///
/// It changes nothing: between a decision and what follows it somebody else may have used the rest.
#[utoipa::path(post, path = "/decisions", tag = "entitlements", request_body = DecisionRequest,
    responses(
        (status = 200, description = "The decision.", body = DecisionView),
        (status = 403, description = "To ask about a service needs entitlements.view (`permission_denied`)."),
    ),
)]
pub(super) async fn decide(
    door: Inside,
    app: Data<App>,
    body: JsonBody<DecisionRequest>,
) -> Result<Json<DecisionView>, ApiError> {
    let question = read(body.0)?;
    let Inside { caller, entered, act } = &door;
    if question.service.is_some() {
        app.access.authorize(act, caller, entered, &system::ENTITLEMENTS_VIEW).await?;
    }
    let decision = accounts::decide(&app.look_up, entered, caller.holder(act.at), &question).await?;
    Ok(Json(decision.into()))
}

fn read(request: DecisionRequest) -> Result<Question, Problems> {
    let DecisionRequest { permission, service, feature, quantity } = request;
    let permission = match permission.as_deref().map(Permission::parse) {
        Some(None) => {
            let sentence = "The permission field must be a permission, such as team.view.";
            return Err(Problems::one("permission", sentence));
        }
        Some(parsed) => parsed,
        None => None,
    };
    Ok(Question { permission, service, feature, quantity })
}
