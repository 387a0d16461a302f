use std::sync::Arc;

use chrono::TimeDelta;
use kernel::{Act, Decided, OrganizationId, Problems, Store, UnitOfWork, Write, carry_out};

use crate::model::{Alteration, Plan, Service, ServiceCode, Status, Subscription};
use crate::ports::{Catalogue, Subscriptions};
use crate::{Action, Change, Error, Happening, SubscriptionView};

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
    /// What a billing system knows it by: 1 to 255 characters.
    pub external_reference: Option<String>,
}

impl Subscribe {
    /// One living subscription a service, to the newest version of the plan. What ended while it was stopped is a stop still:
    /// nobody gets out of it by subscribing anew.
    pub async fn run(
        &self,
        act: &Act,
        organization: OrganizationId,
        input: &SubscribeInput,
    ) -> Result<SubscriptionView, Error> {
        let (code, trial) = check(input)?;
        carry_out(self.store.as_ref(), act, || async {
            let service = self.catalogue.service(&code).await?.ok_or_else(no_such_service)?;
            let plan = subscribable(&service, &input.plan)?;
            let last = self.subscriptions.newest(organization, &code).await?;
            match &last {
                Some(last) if last.status(act.at) != Status::Expired => return Err(Error::AlreadySubscribed),
                Some(last) if last.suspension.is_some() => return Err(Error::IllegalState(Status::Suspended)),
                // Nobody tries for ever.
                Some(_) if trial.is_some() => {
                    let sentence = "The organization has subscribed to this service before.";
                    return Err(Problems::one("trial_days", sentence).into());
                }
                _ => {}
            }
            let subscription = Subscription {
                id: act.id(),
                organization,
                service: code.clone(),
                plan: plan.key.clone(),
                plan_version: plan.version,
                started_at: act.at,
                anchor: last.map_or(act.at, |it| it.anchor_of_next(act.at)),
                trial_ends_at: trial.map(|it| act.at + it),
                suspension: None,
                cancelled_at: None,
                ends_at: None,
                next_plan: None,
                external_reference: input.external_reference.clone(),
                settled_until: None,
                version: 0,
            }
            .settled(act.at);
            let answer = SubscriptionView::of(&subscription, act.at);
            let action = Action::Subscription {
                organization,
                subscription: subscription.id,
                alterations: vec![Alteration::Begun],
            };
            let unit = UnitOfWork::of(act, &action)
                .change(Change::Subscription(Write::Add(subscription)))
                .announce(&Happening::Subscription { alteration: Alteration::Begun, subscription: answer.clone() });
            Ok(Decided::Done(unit, answer))
        })
        .await
    }
}

fn no_such_service() -> Error {
    Problems::one("service", "There is no such service.").into()
}

/// The plan so named, where it can be subscribed to.
pub(crate) fn subscribable<'a>(service: &'a Service, plan: &str) -> Result<&'a Plan, Problems> {
    let plan = service.plan(plan).ok_or_else(|| Problems::one("plan", "The service has no such plan."))?;
    match (service.retired_at, plan.retired_at) {
        (None, None) => Ok(plan),
        (Some(_), _) => Err(Problems::one("service", "The service can't be subscribed to any more.")),
        (None, Some(_)) => Err(Problems::one("plan", "The plan can't be subscribed to any more.")),
    }
}

pub(crate) fn check_reference(problems: &mut Problems, reference: Option<&str>) {
    let is_good = |it: &str| (1..=255).contains(&it.chars().count()) && !it.chars().any(char::is_control);
    if reference.is_some_and(|it| !is_good(it)) {
        let sentence = "The external_reference field must be 1 to 255 characters, none of them a control character.";
        problems.add("external_reference", sentence);
    }
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
    check_reference(&mut problems, input.external_reference.as_deref());
    match code {
        Some(code) if problems.is_empty() => Ok((code, trial)),
        _ => Err(problems),
    }
}

#[cfg(test)]
mod tests;
