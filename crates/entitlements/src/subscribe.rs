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
