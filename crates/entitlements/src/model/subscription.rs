use kernel::{Detail, OrganizationId, Recorded, SubscriptionId, Time};

use super::ServiceCode;
use crate::{Period, Window};

/// What a subscription is at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Entitled, on trial.
    Trialing,
    /// Entitled.
    Active,
    /// Stopped by a platform administrator.
    Suspended,
    /// Entitled until the period ends.
    Cancelled,
    /// Over.
    Expired,
}

impl Status {
    /// As told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Whether the service may be used.
    #[must_use]
    pub const fn is_entitled(self) -> bool {
        matches!(self, Self::Trialing | Self::Active | Self::Cancelled)
    }
}

/// An organization's subscription to a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// Whose.
    pub organization: OrganizationId,
    /// To what.
    pub service: ServiceCode,
    /// At which level.
    pub plan: String,
    /// When it began: the anchor its months are counted from.
    pub started_at: Time,
    /// Until when it is a trial.
    pub trial_ends_at: Option<Time>,
    /// Since when it is suspended.
    pub suspended_at: Option<Time>,
    /// When it ends, once that is decided.
    pub ends_at: Option<Time>,
    /// Since when it is cancelled.
    pub cancelled_at: Option<Time>,
    /// Moves on with every change; the store sets it.
    pub version: i64,
}

impl Subscription {
    /// What it is at the moment `at`.
    #[must_use]
    pub fn status(&self, at: Time) -> Status {
        let before = |moment: Option<Time>| moment.is_some_and(|it| at < it);
        if self.ends_at.is_some_and(|it| it <= at) {
            Status::Expired
        } else if self.suspended_at.is_some() {
            Status::Suspended
        } else if self.cancelled_at.is_some() {
            Status::Cancelled
        } else if before(self.trial_ends_at) {
            Status::Trialing
        } else {
            Status::Active
        }
    }

    /// The month it is in at the moment `at`, counted from its anchor.
    #[must_use]
    pub fn current_period(&self, at: Time) -> Window {
        Period::Month.window(self.started_at, at)
    }
}

impl Recorded for Subscription {
    fn record(&self) -> Vec<Detail> {
        let time = |moment: Option<Time>| moment.map(kernel::rfc3339);
        vec![
            Detail::public("service", self.service.as_str()),
            Detail::public("plan", self.plan.as_str()),
            Detail::public("trial_ends_at", time(self.trial_ends_at)),
            Detail::public("suspended_at", time(self.suspended_at)),
            Detail::public("cancelled_at", time(self.cancelled_at)),
            Detail::public("ends_at", time(self.ends_at)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use kernel::testing::NOON;

    use super::*;
    use crate::testing::subscription;

    fn at(days: i64) -> Time {
        NOON + TimeDelta::days(days)
    }

    #[test]
    fn a_trial_ends_by_itself() {
        let trial = Subscription { trial_ends_at: Some(at(14)), ..subscription("free") };
        assert_eq!(trial.status(at(0)), Status::Trialing);
        assert_eq!(trial.status(at(14) - TimeDelta::microseconds(1)), Status::Trialing);
        assert_eq!(trial.status(at(14)), Status::Active);
        assert_eq!(subscription("free").status(at(4000)), Status::Active);
    }

    #[test]
    fn a_cancelled_one_is_good_until_it_ends() {
        let cancelled = Subscription { cancelled_at: Some(at(3)), ends_at: Some(at(31)), ..subscription("free") };
        assert_eq!(cancelled.status(at(30)), Status::Cancelled);
        assert!(cancelled.status(at(30)).is_entitled());
        assert_eq!(cancelled.status(at(31)), Status::Expired);
        assert!(!cancelled.status(at(31)).is_entitled());
    }

    #[test]
    fn the_graver_state_is_told() {
        let trial = Subscription { trial_ends_at: Some(at(14)), ..subscription("free") };
        let cancelled = Subscription { cancelled_at: Some(at(1)), ..trial };
        assert_eq!(cancelled.status(at(2)), Status::Cancelled);
        let suspended = Subscription { suspended_at: Some(at(1)), ..cancelled };
        assert_eq!(suspended.status(at(2)), Status::Suspended);
        assert!(!suspended.status(at(2)).is_entitled());
        let ended = Subscription { ends_at: Some(at(2)), ..suspended };
        assert_eq!(ended.status(at(2)), Status::Expired);
    }

    #[test]
    fn its_month_is_counted_from_its_beginning() {
        let window = subscription("free").current_period(at(40));
        assert_eq!(window.start, "2026-02-15T12:00:00Z".parse::<Time>().unwrap());
        assert_eq!(window.end, Some("2026-03-15T12:00:00Z".parse::<Time>().unwrap()));
    }
}
