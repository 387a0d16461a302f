use entitlements::{FeatureKind, Plan, Quota, Service};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Moment;

/// Something organizations subscribe to.
#[derive(Serialize, ToSchema)]
pub(in crate::routes) struct ServiceView {
    #[schema(example = "SMS_GATEWAY")]
    code: String,
    #[schema(example = "SMS gateway")]
    name: String,
    description: String,
    plans: Vec<PlanView>,
    /// Since when it can't be subscribed to any more; null while it can.
    #[schema(required)]
    retired_at: Option<Moment>,
}

/// A level of a service.
#[derive(Serialize, ToSchema)]
pub(in crate::routes) struct PlanView {
    #[schema(example = "standard")]
    key: String,
    #[schema(example = "Standard")]
    name: String,
    /// Counted from 1; another set of features is another version.
    version: i32,
    features: Vec<FeatureView>,
    /// Since when it can't be subscribed to any more; null while it can.
    #[schema(required)]
    retired_at: Option<Moment>,
}

/// One thing a plan gives.
#[derive(Serialize, ToSchema)]
pub(in crate::routes) struct FeatureView {
    #[schema(example = "messages")]
    key: String,
    #[serde(flatten)]
    kind: FeatureKindView,
}

/// What a feature is.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(in crate::routes) enum FeatureKindView {
    /// On or off.
    Boolean { value: bool },
    /// A setting.
    Value { value: String },
    /// Something counted.
    Meter {
        /// How much per period.
        limit: i64,
        /// `day`, `month` or `lifetime`.
        #[schema(example = "month")]
        period: &'static str,
        /// `hard`: never passed. `soft`: passed, and told.
        #[schema(example = "hard")]
        limit_kind: &'static str,
        /// How much of what is left at a period's end is carried into the next, at most.
        rollover: i64,
    },
}

impl From<FeatureKind> for FeatureKindView {
    fn from(kind: FeatureKind) -> Self {
        match kind {
            FeatureKind::Boolean { value } => Self::Boolean { value },
            FeatureKind::Value { value } => Self::Value { value },
            FeatureKind::Meter(Quota { limit, period, limit_kind, rollover }) => {
                Self::Meter { limit, period: period.as_str(), limit_kind: limit_kind.as_str(), rollover }
            }
        }
    }
}

impl From<Plan> for PlanView {
    fn from(plan: Plan) -> Self {
        Self {
            key: plan.key,
            name: plan.name,
            version: plan.version,
            features: plan.features.into_iter().map(|it| FeatureView { key: it.key, kind: it.kind.into() }).collect(),
            retired_at: plan.retired_at.map(Moment),
        }
    }
}

impl From<Service> for ServiceView {
    fn from(service: Service) -> Self {
        Self {
            code: service.code.to_string(),
            name: service.name,
            description: service.description,
            plans: service.plans.into_iter().map(PlanView::from).collect(),
            retired_at: service.retired_at.map(Moment),
        }
    }
}
