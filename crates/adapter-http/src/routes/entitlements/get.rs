use actix_web::web::{Data, Json, Path};
use entitlements::{Entitlement, FeatureState, FeatureValue, Status};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::Moment;
use crate::error::ApiError;
use crate::extract::Allowed;
use crate::extract::needed::EntitlementsView;

/// What the organization is entitled to of a service.
#[derive(Serialize, ToSchema)]
pub(super) struct EntitlementView {
    #[schema(example = "SMS_GATEWAY")]
    service: String,
    /// Null without a subscription.
    #[schema(required, example = "standard")]
    plan: Option<String>,
    /// The subscription's; null without one.
    #[schema(required, example = "active")]
    status: Option<&'static str>,
    /// Whether the service may be used.
    entitled: bool,
    features: Vec<FeatureStateView>,
}

/// A feature as it stands.
#[derive(Serialize, ToSchema)]
pub(super) struct FeatureStateView {
    #[schema(example = "messages")]
    key: String,
    #[serde(flatten)]
    value: FeatureValueView,
}

/// How a feature stands.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum FeatureValueView {
    /// On or off.
    Boolean { value: bool },
    /// A setting.
    Value { value: String },
    /// Something counted.
    Meter {
        /// The quota.
        limit: i64,
        /// Used in this period.
        used: i64,
        /// What is left; never below zero.
        remaining: i64,
        /// `hard`: never passed. `soft`: passed, and told.
        limit_kind: &'static str,
        /// When the quota begins anew; null where it never does.
        #[schema(required)]
        resets_at: Option<Moment>,
    },
}

impl From<FeatureState> for FeatureStateView {
    fn from(feature: FeatureState) -> Self {
        let value = match feature.value {
            FeatureValue::Boolean(value) => FeatureValueView::Boolean { value },
            FeatureValue::Value(value) => FeatureValueView::Value { value },
            FeatureValue::Meter { limit, used, limit_kind, resets_at } => FeatureValueView::Meter {
                limit,
                used,
                remaining: (limit - used).max(0),
                limit_kind: limit_kind.as_str(),
                resets_at: resets_at.map(Moment),
            },
        };
        Self { key: feature.key, value }
    }
}

impl From<Entitlement> for EntitlementView {
    fn from(entitlement: Entitlement) -> Self {
        Self {
            service: entitlement.service.to_string(),
            plan: entitlement.plan,
            status: entitlement.status.map(Status::as_str),
            entitled: entitlement.entitled,
            features: entitlement.features.into_iter().map(FeatureStateView::from).collect(),
        }
    }
}

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
