use kernel::{Act, OrganizationId, Problems, SubscriptionId};

use crate::manage_subscription::{Altered, ManageSubscription};
use crate::model::{Alteration, Plan, Service, Subscription, When};
use crate::subscribe::{check_reference, subscribable};
use crate::{Error, SubscriptionView};

/// What is to be another; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubscriptionPatch {
    /// The plan's key.
    pub plan: Option<String>,
    /// When it takes effect; at once where nothing is said.
    pub when: Option<When>,
    /// What a billing system knows it by: 1 to 255 characters; `Some(None)` where it is to know it by nothing.
    pub external_reference: Option<Option<String>>,
}

impl ManageSubscription {
    /// The newest version of the plan, where it is chosen for now: also of the one it has. Choosing the present plan for the
    /// next period takes back what was chosen for it.
    pub async fn change(
        &self,
        act: &Act,
        organization: OrganizationId,
        id: SubscriptionId,
        patch: &SubscriptionPatch,
    ) -> Result<SubscriptionView, Error> {
        check(patch)?;
        self.alter(act, Some(organization), id, |standing, service| {
            let (mut next, mut alterations) = (standing.clone(), Vec::new());
            if let Some(key) = &patch.plan {
                let plan = plan(service, standing, key)?;
                next = next.change_plan(plan, patch.when.unwrap_or(When::Now), act.at)?;
                alterations.extend(plan_alteration(standing, &next));
            }
            if let Some(reference) = &patch.external_reference {
                next = next.refer(reference.clone(), act.at)?;
                alterations.extend(
                    (next.external_reference != standing.external_reference).then_some(Alteration::ReferenceChanged),
                );
            }
            Ok::<Altered, _>((next, alterations))
        })
        .await
    }
}

fn check(patch: &SubscriptionPatch) -> Result<(), Problems> {
    let mut problems = Problems::default();
    if patch.when.is_some() && patch.plan.is_none() {
        problems.add("when", "The when field says when a plan takes effect: name a plan.");
    }
    check_reference(&mut problems, patch.external_reference.as_ref().and_then(Option::as_deref));
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The plan that is wanted. Who has one keeps it, retired or not.
fn plan<'a>(service: &'a Service, standing: &Subscription, key: &str) -> Result<&'a Plan, Problems> {
    match service.plan(key) {
        Some(plan) if plan.key == standing.plan => Ok(plan),
        _ => subscribable(service, key),
    }
}

fn plan_alteration(old: &Subscription, new: &Subscription) -> Option<Alteration> {
    if (&new.plan, new.plan_version) != (&old.plan, old.plan_version) {
        Some(Alteration::PlanChanged { from: old.plan.clone() })
    } else if new.next_plan == old.next_plan {
        None
    } else if new.next_plan.is_some() {
        Some(Alteration::PlanScheduled)
    } else {
        Some(Alteration::PlanUnscheduled)
    }
}

#[cfg(test)]
mod tests;
