use kernel::{OrganizationId, Time};

use crate::metering::{Balance, GrantState, Meter, MeterKey, ServiceFacts};
use crate::model::{Feature, FeatureKind, LimitKind, Quota, Reservation, ReservationStatus, ServiceCode, Status};
use crate::{Period, Terms};

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
    /// When the subscription's period ends.
    pub period_end: Option<Time>,
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
        /// How far.
        balance: Balance,
        /// How often the quota begins anew.
        period: Period,
        /// What happens at the quota.
        limit_kind: LimitKind,
        /// How much is kept free by reservations.
        reserved: i64,
        /// What may be used beyond the quota, in the order it is used.
        grants: Vec<GrantState>,
    },
}

impl Entitlement {
    /// Without a subscription there is none.
    #[must_use]
    pub const fn none(service: ServiceCode) -> Self {
        Self { service, plan: None, status: None, entitled: false, period_end: None, features: Vec::new() }
    }

    /// Of a service that was subscribed to, at the moment `at`.
    #[must_use]
    pub fn of(mut facts: ServiceFacts, at: Time) -> Self {
        facts.terms = facts.terms.at(at);
        let Terms { subscription, plan, .. } = &facts.terms;
        let organization = subscription.organization;
        let state = |feature: &Feature| FeatureState {
            key: feature.key.clone(),
            value: match &feature.kind {
                FeatureKind::Boolean { value } => FeatureValue::Boolean(*value),
                FeatureKind::Value { value } => FeatureValue::Value(value.clone()),
                FeatureKind::Meter(quota) => meter(&facts, organization, &feature.key, quota, at),
            },
        };
        Self {
            service: subscription.service.clone(),
            plan: Some(plan.key.clone()),
            status: Some(subscription.status(at)),
            entitled: subscription.is_entitled(at),
            period_end: subscription.current_period(at).end,
            features: plan.features.iter().map(state).collect(),
        }
    }

    /// The feature so named.
    #[must_use]
    pub fn feature(&self, key: &str) -> Option<&FeatureValue> {
        self.features.iter().find(|it| it.key == key).map(|it| &it.value)
    }
}

fn meter(facts: &ServiceFacts, organization: OrganizationId, name: &str, quota: &Quota, at: Time) -> FeatureValue {
    let service = facts.terms.subscription.service.clone();
    let mut known = facts.meter(name);
    known.grants.retain(|it| it.grant.is_good(at));
    known.grants.sort_by_key(|it| it.grant.precedence());
    let (grants, reservations) = (known.grants.clone(), known.reservations.clone());
    let is_open = |it: &&Reservation| it.status(at) == ReservationStatus::Open;
    let mut meter = Meter::open(MeterKey { organization, service, meter: name.to_owned() }, known);
    FeatureValue::Meter {
        balance: meter.balance(at).unwrap_or_default(),
        period: quota.period,
        limit_kind: quota.limit_kind,
        reserved: reservations.iter().filter(is_open).map(|it| it.quantity).sum(),
        grants,
    }
}

#[cfg(test)]
mod tests;
