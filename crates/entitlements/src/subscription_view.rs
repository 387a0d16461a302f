use chrono::TimeDelta;
use kernel::{OrganizationId, SubscriptionId, Time};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::{ServiceCode, Status, Subscription, Suspension};
use crate::period::Window;

/// A subscription as it stands at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionView {
    /// Its id.
    pub id: SubscriptionId,
    /// Whose.
    pub organization: OrganizationId,
    /// To what.
    pub service: ServiceCode,
    /// At which level.
    pub plan: String,
    /// In which version of it.
    pub plan_version: i32,
    /// What it is.
    pub status: Status,
    /// When it began.
    pub started_at: Time,
    /// When the month it is in began; of one that is over, the month it ended in.
    pub current_period_start: Time,
    /// When that month ends.
    pub current_period_end: Option<Time>,
    /// Until when it is a trial, or was.
    pub trial_ends_at: Option<Time>,
    /// The plan it takes when the period ends.
    pub next_plan: Option<String>,
    /// Since when it is cancelled.
    pub cancelled_at: Option<Time>,
    /// When it ends, once that is decided.
    pub ends_at: Option<Time>,
    /// What stops it.
    pub suspension: Option<Suspension>,
    /// What a billing system knows it by.
    pub external_reference: Option<String>,
}

impl SubscriptionView {
    /// The subscription at the moment `at`.
    #[must_use]
    pub fn of(subscription: &Subscription, at: Time) -> Self {
        // An end is not included in what it ends.
        let last = subscription.ends_at.map(|it| it - TimeDelta::microseconds(1));
        let Window { start, end } = subscription.current_period(last.map_or(at, |it| it.min(at)));
        let it = subscription.clone();
        Self {
            id: it.id,
            organization: it.organization,
            status: subscription.status(at),
            service: it.service,
            plan: it.plan,
            plan_version: it.plan_version,
            started_at: it.started_at,
            current_period_start: start,
            current_period_end: end,
            trial_ends_at: it.trial_ends_at,
            next_plan: it.next_plan,
            cancelled_at: it.cancelled_at,
            ends_at: it.ends_at,
            suspension: it.suspension,
            external_reference: it.external_reference,
        }
    }

    /// As events tell it.
    pub(crate) fn told(&self) -> Value {
        let time = |moment: Option<Time>| moment.map(kernel::rfc3339);
        json!({
            "id": self.id,
            "service": self.service,
            "plan": self.plan,
            "plan_version": self.plan_version,
            "status": self.status,
            "started_at": kernel::rfc3339(self.started_at),
            "current_period_start": kernel::rfc3339(self.current_period_start),
            "current_period_end": time(self.current_period_end),
            "trial_ends_at": time(self.trial_ends_at),
            "next_plan": self.next_plan,
            "cancelled_at": time(self.cancelled_at),
            "ends_at": time(self.ends_at),
            "suspension": self.suspension.map(|it| {
                json!({"since": kernel::rfc3339(it.since), "reason": it.reason, "blocks": it.blocks})
            }),
            "external_reference": self.external_reference,
        })
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::NOON;

    use super::*;
    use crate::testing::subscription;

    fn month(subscription: &Subscription, at: Time) -> (Time, Option<Time>) {
        let view = SubscriptionView::of(subscription, at);
        (view.current_period_start, view.current_period_end)
    }

    #[test]
    fn of_one_that_is_over_the_month_it_ended_in_is_told() {
        let turn = |text: &str| text.parse::<Time>().unwrap();
        let (first, second, third) = (NOON, turn("2026-02-15T12:00:00Z"), turn("2026-03-15T12:00:00Z"));
        let at = NOON + TimeDelta::days(100);
        let ended = |moment| Subscription { ends_at: Some(moment), ..subscription("free") };
        assert_eq!(month(&ended(NOON), at), (first, Some(second)), "it ended as it began");
        assert_eq!(month(&ended(second), at), (first, Some(second)), "at the end of its month");
        assert_eq!(month(&ended(second + TimeDelta::microseconds(1)), at), (second, Some(third)));
        assert_eq!(month(&ended(third), second), (second, Some(third)), "it is not over yet");
        assert_eq!(month(&subscription("free"), second), (second, Some(third)));
    }
}
