use kernel::Time;

use crate::model::{Plan, Subscription};

/// A subscription with the plan it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The organization's newest to the service.
    pub subscription: Subscription,
    /// Its plan, in its version.
    pub plan: Plan,
    /// The plan of its next period, in its newest version.
    pub upcoming: Plan,
}

impl Terms {
    /// As they stand at the moment `at`: what time alone does to a subscription holds from its moment on, whenever it is
    /// written.
    #[must_use]
    pub fn at(self, at: Time) -> Self {
        let newest = |key: &str| (self.upcoming.key == key).then_some(self.upcoming.version);
        let Some((subscription, _)) = self.subscription.advance(newest, at) else { return self };
        let is_of = |it: &Plan| it.key == subscription.plan && it.version == subscription.plan_version;
        let plan = if is_of(&self.plan) { self.plan } else { self.upcoming.clone() };
        Self { subscription, plan, upcoming: self.upcoming }
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::NOON;

    use super::*;
    use crate::testing::{sms_gateway, subscription};

    fn terms(subscription: Subscription) -> Terms {
        let plan = |key: &str| sms_gateway().plan(key).cloned().unwrap();
        let upcoming = subscription.next_plan.clone().unwrap_or_else(|| subscription.plan.clone());
        Terms { plan: plan(&subscription.plan), upcoming: plan(&upcoming), subscription }
    }

    fn later() -> Time {
        "2026-02-15T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_chosen_plan_holds_from_its_period_on() {
        let chosen = terms(Subscription { next_plan: Some("standard".into()), ..subscription("free") });
        let before = later() - chrono::TimeDelta::microseconds(1);
        assert_eq!(chosen.clone().at(before), chosen);
        let after = chosen.at(later());
        assert_eq!((after.subscription.plan.as_str(), after.plan.key.as_str()), ("standard", "standard"));
        assert_eq!(after.subscription.next_plan, None);
    }

    #[test]
    fn another_version_holds_from_the_next_period_on() {
        let mut terms = terms(subscription("free"));
        terms.upcoming.version = 2;
        terms.upcoming.features.clear();
        assert_eq!(terms.clone().at(NOON).plan.version, 1);
        let after = terms.at(later());
        assert_eq!((after.subscription.plan_version, after.plan.version, after.plan.features.len()), (2, 2, 0));
    }
}
