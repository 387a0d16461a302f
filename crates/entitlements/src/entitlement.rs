use kernel::Time;

use crate::model::{Feature, FeatureKind, LimitKind, Plan, ServiceCode, Status, Subscription};

/// What a subscription allows now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitlement {
    /// Which service.
    pub service: ServiceCode,
    /// The plan; absent without a subscription.
    pub plan: Option<String>,
    /// The subscription's status; absent without one.
    pub status: Option<Status>,
    /// Whether the service may be used.
    pub entitled: bool,
    /// What the plan gives.
    pub features: Vec<FeatureState>,
}

/// A feature as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureState {
    /// Its name.
    pub key: String,
    /// How it stands.
    pub value: FeatureValue,
}

/// How a feature stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeatureValue {
    /// On or off.
    Boolean(bool),
    /// A setting.
    Value(String),
    /// Something counted.
    Meter {
        /// The quota.
        limit: i64,
        /// Used in this period.
        used: i64,
        /// What happens at the quota.
        limit_kind: LimitKind,
        /// When it begins anew.
        resets_at: Option<Time>,
    },
}

impl Entitlement {
    /// Without a subscription there is none.
    #[must_use]
    pub const fn none(service: ServiceCode) -> Self {
        Self { service, plan: None, status: None, entitled: false, features: Vec::new() }
    }

    /// Of a subscription to a plan at the moment `at`; `used` answers what was used of each of [`Entitlement::meters`],
    /// in that order.
    #[must_use]
    pub fn of(subscription: &Subscription, plan: &Plan, used: &[i64], at: Time) -> Self {
        let status = subscription.status(at);
        let mut used = used.iter().copied();
        let features = plan
            .features
            .iter()
            .map(|feature| FeatureState {
                key: feature.key.clone(),
                value: state(feature, subscription, &mut used, at),
            })
            .collect();
        Self {
            service: subscription.service.clone(),
            plan: Some(plan.key.clone()),
            status: Some(status),
            entitled: status.is_entitled(),
            features,
        }
    }

    /// The plan's meters, with the start of the window each is in.
    #[must_use]
    pub fn meters(subscription: &Subscription, plan: &Plan, at: Time) -> Vec<(String, Time)> {
        plan.features
            .iter()
            .filter_map(|feature| match &feature.kind {
                FeatureKind::Meter { period, .. } => {
                    Some((feature.key.clone(), period.window(subscription.started_at, at).start))
                }
                FeatureKind::Boolean { .. } | FeatureKind::Value { .. } => None,
            })
            .collect()
    }
}

fn state(
    feature: &Feature,
    subscription: &Subscription,
    used: &mut impl Iterator<Item = i64>,
    at: Time,
) -> FeatureValue {
    match &feature.kind {
        FeatureKind::Boolean { value } => FeatureValue::Boolean(*value),
        FeatureKind::Value { value } => FeatureValue::Value(value.clone()),
        FeatureKind::Meter { quota, period, limit_kind } => FeatureValue::Meter {
            limit: *quota,
            used: used.next().unwrap_or(0),
            limit_kind: *limit_kind,
            resets_at: period.window(subscription.started_at, at).end,
        },
    }
}
