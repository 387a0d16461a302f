use std::sync::Arc;

use chrono::TimeDelta;
use kernel::{Act, Decided, OrganizationId, Problems, Store, SubscriptionId, Time, UnitOfWork, Write, carry_out};
use serde::{Deserialize, Serialize};

use crate::model::{ServiceCode, Status, Subscription};
use crate::ports::{Catalogue, Subscriptions};
use crate::{Action, Change, Error, Happening};

/// Subscribes an organization to a service.
pub struct Subscribe {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// What there is.
    pub catalogue: Arc<dyn Catalogue>,
    /// Who has what.
    pub subscriptions: Arc<dyn Subscriptions>,
}

/// To what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscribeInput {
    /// The service's code.
    pub service: String,
    /// The plan's key.
    pub plan: String,
    /// How long to try it first: 1 to 365 days.
    pub trial_days: Option<i64>,
}

/// The subscription that began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscribed {
    /// Its id.
    pub id: SubscriptionId,
    /// To what.
    pub service: ServiceCode,
    /// At which level.
    pub plan: String,
    /// What it is now: `trialing` or `active`.
    pub status: String,
    /// The month it is in.
    pub current_period_start: Time,
    /// Until then.
    pub current_period_end: Option<Time>,
}

impl Subscribe {
    /// One living subscription a service.
    pub async fn run(
        &self,
        act: &Act,
        organization: OrganizationId,
        input: &SubscribeInput,
    ) -> Result<Subscribed, Error> {
        let (code, trial) = check(input)?;
        carry_out(self.store.as_ref(), act, || async {
            let service = self.catalogue.service(&code).await?.ok_or_else(no_such_service)?;
            if service.plan(&input.plan).is_none() {
                return Err(Problems::one("plan", "The service has no such plan.").into());
            }
            if let Some(newest) = self.subscriptions.newest(organization, &code).await?
                && newest.status(act.at) != Status::Expired
            {
                return Err(Error::AlreadySubscribed);
            }
            let subscription = Subscription {
                id: act.id(),
                organization,
                service: code.clone(),
                plan: input.plan.clone(),
                started_at: act.at,
                trial_ends_at: trial.map(|it| act.at + it),
                suspended_at: None,
                ends_at: None,
                cancelled_at: None,
                version: 0,
            };
            let unit = UnitOfWork::of(act, &Action::Subscribed { organization, subscription: subscription.id })
                .change(Change::Subscription(Write::Add(subscription.clone())))
                .announce(&Happening::Activated(subscription.clone()));
            let period = subscription.current_period(act.at);
            let answer = Subscribed {
                id: subscription.id,
                service: code.clone(),
                plan: input.plan.clone(),
                status: subscription.status(act.at).as_str().to_owned(),
                current_period_start: period.start,
                current_period_end: period.end,
            };
            Ok(Decided::Done(unit, answer))
        })
        .await
    }
}

fn no_such_service() -> Error {
    Problems::one("service", "There is no such service.").into()
}

fn check(input: &SubscribeInput) -> Result<(ServiceCode, Option<TimeDelta>), Problems> {
    let mut problems = Problems::default();
    let code = problems.check("service", ServiceCode::parse(&input.service), "There is no such service.");
    let trial = match input.trial_days {
        None => None,
        Some(days @ 1..=365) => Some(TimeDelta::days(days)),
        Some(_) => {
            problems.add("trial_days", "The trial_days field must be a whole number from 1 to 365.");
            None
        }
    };
    match code {
        Some(code) if problems.is_empty() => Ok((code, trial)),
        _ => Err(problems),
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, Units, act, nth};
    use kernel::{CommitError, Scope, Taken};
    use serde_json::json;

    use super::*;
    use crate::ports::{MockCatalogue, MockSubscriptions};
    use crate::testing::{sms_gateway, subscription};

    fn input() -> SubscribeInput {
        SubscribeInput { service: "SMS_GATEWAY".into(), plan: "free".into(), trial_days: None }
    }

    async fn subscribe(
        store: &Arc<Units<Change>>,
        newest: Option<Subscription>,
        input: SubscribeInput,
    ) -> Result<Subscribed, Error> {
        let mut catalogue = MockCatalogue::new();
        catalogue.expect_service().returning(|code| Ok(Some(sms_gateway()).filter(|it| it.code == *code)));
        let mut subscriptions = MockSubscriptions::new();
        subscriptions
            .expect_newest()
            .withf(|organization, service| *organization == nth(60) && service.as_str() == "SMS_GATEWAY")
            .returning(move |_, _| Ok(newest.clone()));
        let store: Arc<dyn Store<Change>> = Arc::<Units<Change>>::clone(store);
        Subscribe { store, catalogue: Arc::new(catalogue), subscriptions: Arc::new(subscriptions) }
            .run(&act(), nth(60), &input)
            .await
    }

    #[tokio::test]
    async fn a_subscription_begins_now() {
        let store = Arc::default();
        let subscribed = subscribe(&store, None, input()).await.unwrap();
        let expected = Subscription { id: nth(1), version: 0, ..subscription("free") };
        let unit = store.only();
        assert_eq!(unit.changes, [Change::Subscription(Write::Add(expected))]);
        assert_eq!(
            (unit.evidence.audit[0].action, unit.evidence.audit[0].organization),
            ("entitlement.activated", Some(nth(60)))
        );
        let event = &unit.evidence.events[0];
        assert_eq!((event.kind, event.scope), ("entitlement.activated", Scope::Organization(nth(60))));
        assert_eq!(event.data["subscription"]["plan"], json!("free"));
        assert_eq!(
            subscribed,
            Subscribed {
                id: nth(1),
                service: sms_gateway().code,
                plan: "free".into(),
                status: "active".into(),
                current_period_start: NOON,
                current_period_end: "2026-02-15T12:00:00Z".parse().ok(),
            }
        );
    }

    #[tokio::test]
    async fn it_may_begin_with_a_trial() {
        let store = Arc::default();
        let subscribed = subscribe(&store, None, SubscribeInput { trial_days: Some(14), ..input() }).await.unwrap();
        assert_eq!(subscribed.status, "trialing");
        let Change::Subscription(write) = &store.only().changes[0] else { panic!() };
        assert_eq!(write.subject().trial_ends_at, Some(NOON + TimeDelta::days(14)));
    }

    #[tokio::test]
    async fn one_living_subscription_is_enough() {
        let ended = Subscription { ends_at: Some(NOON), ..subscription("free") };
        assert!(subscribe(&Arc::default(), Some(ended), input()).await.is_ok());
        let living = [
            subscription("free"),
            Subscription { suspended_at: Some(NOON), ..subscription("free") },
            Subscription { cancelled_at: Some(NOON), ends_at: Some(NOON + TimeDelta::days(1)), ..subscription("free") },
        ];
        for newest in living {
            let store = Arc::default();
            assert!(matches!(subscribe(&store, Some(newest), input()).await, Err(Error::AlreadySubscribed)));
            assert_eq!(store.all(), []);
        }
        let raced = Arc::new(Units::failing([CommitError::Taken(Taken("subscription"))]));
        assert!(matches!(subscribe(&raced, None, input()).await, Err(Error::AlreadySubscribed)));
    }

    #[tokio::test]
    async fn what_does_not_exist_is_named() {
        let cases = [
            (SubscribeInput { service: "FAX_GATEWAY".into(), ..input() }, "service", "There is no such service."),
            (SubscribeInput { service: "sms".into(), ..input() }, "service", "There is no such service."),
            (SubscribeInput { plan: "gold".into(), ..input() }, "plan", "The service has no such plan."),
            (
                SubscribeInput { trial_days: Some(0), ..input() },
                "trial_days",
                "The trial_days field must be a whole number from 1 to 365.",
            ),
            (
                SubscribeInput { trial_days: Some(366), ..input() },
                "trial_days",
                "The trial_days field must be a whole number from 1 to 365.",
            ),
        ];
        for (input, field, sentence) in cases {
            let store = Arc::default();
            let Err(Error::Invalid(problems)) = subscribe(&store, None, input).await else { panic!("{field}") };
            assert_eq!(problems, Problems::one(field, sentence));
            assert_eq!(store.all(), []);
        }
    }
}
