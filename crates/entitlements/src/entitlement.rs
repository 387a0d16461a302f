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

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use kernel::testing::NOON;

    use super::*;
    use crate::Period;
    use crate::testing::{sms_gateway, subscription};

    fn meter(key: &str, quota: i64, period: Period) -> Feature {
        Feature { key: key.into(), kind: FeatureKind::Meter { quota, period, limit_kind: LimitKind::Hard } }
    }

    /// Meters stand among other features, so that their order matters.
    fn plan() -> Plan {
        let boolean = Feature { key: "sso".into(), kind: FeatureKind::Boolean { value: true } };
        let value = Feature { key: "region".into(), kind: FeatureKind::Value { value: "eu".into() } };
        let meters = [meter("messages", 100, Period::Month), meter("calls", 5, Period::Lifetime)];
        let [messages, calls] = meters;
        Plan { key: "own".into(), name: "Own".into(), features: vec![boolean, messages, value, calls] }
    }

    #[test]
    fn every_feature_stands_as_it_is() {
        let at = NOON + TimeDelta::days(40);
        let subscription = subscription("own");
        let turn = |text: &str| text.parse::<Time>().unwrap();
        assert_eq!(
            Entitlement::meters(&subscription, &plan(), at),
            [("messages".to_owned(), turn("2026-02-15T12:00:00Z")), ("calls".to_owned(), NOON)]
        );
        let entitlement = Entitlement::of(&subscription, &plan(), &[42, 5], at);
        let meter =
            |limit, used, resets_at| FeatureValue::Meter { limit, used, limit_kind: LimitKind::Hard, resets_at };
        let values: Vec<_> = entitlement.features.into_iter().map(|it| (it.key, it.value)).collect();
        assert_eq!(
            values,
            [
                ("sso".to_owned(), FeatureValue::Boolean(true)),
                ("messages".to_owned(), meter(100, 42, Some(turn("2026-03-15T12:00:00Z")))),
                ("region".to_owned(), FeatureValue::Value("eu".into())),
                ("calls".to_owned(), meter(5, 5, None)),
            ]
        );
    }

    #[test]
    fn it_says_whether_the_service_may_be_used() {
        let of = |subscription: &Subscription| {
            let it = Entitlement::of(subscription, &plan(), &[0, 0], NOON);
            (it.plan, it.status, it.entitled)
        };
        let plan = Some("own".to_owned());
        assert_eq!(of(&subscription("own")), (plan.clone(), Some(Status::Active), true));
        let suspended = Subscription { suspended_at: Some(NOON), ..subscription("own") };
        assert_eq!(of(&suspended), (plan, Some(Status::Suspended), false));
        let none = Entitlement::none(sms_gateway().code);
        assert_eq!((none.plan, none.status, none.entitled, none.features), (None, None, false, vec![]));
    }
}
