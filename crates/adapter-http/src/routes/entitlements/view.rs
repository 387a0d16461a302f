//! An entitlement as it is shown.

use entitlements::{Balance, Entitlement, FeatureState, FeatureValue, GrantState, Status};
use kernel::Id;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::Moment;

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
    /// When the subscription's period ends; null without one.
    #[schema(required)]
    current_period_end: Option<Moment>,
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
pub(in crate::routes) enum FeatureValueView {
    /// On or off.
    Boolean { value: bool },
    /// A setting.
    Value { value: String },
    /// Something counted.
    Meter {
        /// The quota, with what was carried over and granted.
        limit: i64,
        /// Used in this period.
        used: i64,
        /// What is left; never below zero.
        remaining: i64,
        /// Kept free by reservations.
        reserved: i64,
        /// `day`, `month` or `lifetime`.
        #[schema(example = "month")]
        period: &'static str,
        /// `hard`: never passed. `soft`: passed, and told.
        #[schema(example = "hard")]
        limit_kind: &'static str,
        /// When the quota begins anew; null where it never does.
        #[schema(required)]
        resets_at: Option<Moment>,
        /// What may be used beyond the quota, in the order it is used.
        grants: Vec<GrantView>,
    },
}

/// What may be used beyond a quota.
#[derive(Serialize, ToSchema)]
pub(in crate::routes) struct GrantView {
    id: Uuid,
    amount: i64,
    used: i64,
    priority: i16,
    #[schema(required)]
    expires_at: Option<Moment>,
}

impl From<GrantState> for GrantView {
    fn from(GrantState { grant, used }: GrantState) -> Self {
        let expires_at = grant.expires_at.map(Moment);
        Self { id: grant.id.uuid(), amount: grant.amount, used, priority: grant.priority, expires_at }
    }
}

impl From<FeatureValue> for FeatureValueView {
    fn from(value: FeatureValue) -> Self {
        match value {
            FeatureValue::Boolean(value) => Self::Boolean { value },
            FeatureValue::Value(value) => Self::Value { value },
            FeatureValue::Meter { balance, period, limit_kind, reserved, grants } => {
                let Balance { used, remaining, limit, resets_at } = balance;
                Self::Meter {
                    limit,
                    used,
                    remaining,
                    reserved,
                    period: period.as_str(),
                    limit_kind: limit_kind.as_str(),
                    resets_at: resets_at.map(Moment),
                    grants: grants.into_iter().map(GrantView::from).collect(),
                }
            }
        }
    }
}

impl From<Entitlement> for EntitlementView {
    fn from(entitlement: Entitlement) -> Self {
        let state = |it: FeatureState| FeatureStateView { key: it.key, value: it.value.into() };
        Self {
            service: entitlement.service.to_string(),
            plan: entitlement.plan,
            status: entitlement.status.map(Status::as_str),
            entitled: entitlement.entitled,
            current_period_end: entitlement.period_end.map(Moment),
            features: entitlement.features.into_iter().map(state).collect(),
        }
    }
}
