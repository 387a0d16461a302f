use std::sync::Arc;

use kernel::{Act, Evidence, Fault, OrganizationId, Problems, SubscriptionId, Time, TokenHash};

use crate::model::{FeatureKind, LimitKind, ServiceCode, Subscription};
use crate::period::Window;
use crate::ports::{Catalogue, Meters, Subscriptions};
use crate::{Action, Error, Happening};

/// Checks and consumes in one step.
pub struct Consume {
    /// What there is.
    pub catalogue: Arc<dyn Catalogue>,
    /// Who has what.
    pub subscriptions: Arc<dyn Subscriptions>,
    /// What counts.
    pub meters: Arc<dyn Meters>,
}

/// What is to be consumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumeInput {
    /// Of which service.
    pub service: String,
    /// Of which meter.
    pub meter: String,
    /// How much; at least 1.
    pub quantity: i64,
    /// Counts once: 1 to 255 characters.
    pub idempotency_key: String,
}

/// The answer, whether it was accepted or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumed {
    /// Whether it counts.
    pub accepted: bool,
    /// The meter.
    pub meter: String,
    /// Used in this period, this included where it was accepted.
    pub used: i64,
    /// The quota.
    pub limit: i64,
    /// When the quota begins anew.
    pub resets_at: Option<Time>,
}

impl Consumed {
    /// What is left of the quota; never below zero.
    #[must_use]
    pub fn remaining(&self) -> i64 {
        (self.limit - self.used).max(0)
    }
}

/// One consumption, for the statement that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumption {
    /// Who.
    pub organization: OrganizationId,
    /// The subscription it was decided on.
    pub subscription: SubscriptionId,
    /// Its version then.
    pub subscription_version: i64,
    /// Of which service.
    pub service: ServiceCode,
    /// Of which meter.
    pub meter: String,
    /// How much.
    pub quantity: i64,
    /// SHA-256 of the caller's key.
    pub key: TokenHash,
    /// The window it falls into.
    pub window: Window,
    /// The quota.
    pub limit: i64,
    /// What happens at it.
    pub limit_kind: LimitKind,
}

/// What became of a consumption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsumptionOutcome {
    /// It counts.
    Accepted {
        /// Used in the window, this included.
        used: i64,
    },
    /// It counted before.
    Repeated {
        /// Used in the window then.
        used: i64,
    },
    /// It would have passed a hard quota.
    Exceeded {
        /// Used in the window.
        used: i64,
    },
    /// The key counted before, for another quantity.
    KeyReused,
    /// The subscription has changed.
    Stale,
}

impl Consume {
    /// Decides again, a few times, while the subscription changes under it.
    pub async fn run(&self, act: &Act, organization: OrganizationId, input: &ConsumeInput) -> Result<Consumed, Error> {
        check(input)?;
        let code = ServiceCode::parse(&input.service).ok_or(Error::ServiceNotFound)?;
        for _ in 0..5 {
            let consumption = self.prepare(act, organization, &code, input).await?;
            let (limit, resets_at) = (consumption.limit, consumption.window.end);
            let answer = |accepted, used| Consumed { accepted, meter: input.meter.clone(), used, limit, resets_at };
            match self.meters.consume(act, consumption).await? {
                ConsumptionOutcome::Accepted { used } | ConsumptionOutcome::Repeated { used } => {
                    return Ok(answer(true, used));
                }
                ConsumptionOutcome::Exceeded { used } => return Ok(answer(false, used)),
                ConsumptionOutcome::KeyReused => return Err(Error::KeyReused),
                ConsumptionOutcome::Stale => {}
            }
        }
        Err(Fault::Contended.into())
    }

    async fn prepare(
        &self,
        act: &Act,
        organization: OrganizationId,
        code: &ServiceCode,
        input: &ConsumeInput,
    ) -> Result<Consumption, Error> {
        let service = self.catalogue.service(code).await?.ok_or(Error::ServiceNotFound)?;
        let subscription: Subscription =
            self.subscriptions.newest(organization, code).await?.ok_or(Error::NotEntitled)?;
        if !subscription.status(act.at).is_entitled() {
            return Err(Error::NotEntitled);
        }
        let feature = service.plan(&subscription.plan).and_then(|plan| plan.feature(&input.meter));
        let Some(FeatureKind::Meter { quota, period, limit_kind }) = feature.map(|it| &it.kind) else {
            return Err(Problems::one("meter", "The plan has no such meter.").into());
        };
        Ok(Consumption {
            organization,
            subscription: subscription.id,
            subscription_version: subscription.version,
            service: code.clone(),
            meter: input.meter.clone(),
            quantity: input.quantity,
            key: TokenHash::of(&input.idempotency_key),
            window: period.window(subscription.started_at, act.at),
            limit: *quota,
            limit_kind: *limit_kind,
        })
    }
}

fn check(input: &ConsumeInput) -> Result<(), Problems> {
    /// So that no sum of a window overflows.
    const MOST: i64 = 1_000_000_000_000;
    let mut problems = Problems::default();
    if !(1..=MOST).contains(&input.quantity) {
        problems.add("quantity", format!("The quantity field must be a whole number from 1 to {MOST}."));
    }
    if !(1..=255).contains(&input.idempotency_key.chars().count()) {
        problems.add("idempotency_key", "The idempotency_key field must be 1 to 255 characters.");
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// What a consumption leaves behind: an entry, and each threshold at the one consumption that crosses it.
#[must_use]
pub fn witness(act: &Act, consumption: &Consumption, outcome: &ConsumptionOutcome) -> Evidence {
    let ConsumptionOutcome::Accepted { used } = *outcome else { return Evidence::default() };
    let Consumption { organization, service, meter, quantity, limit, .. } = consumption;
    let entry = Action::Consumed {
        organization: *organization,
        service: service.clone(),
        meter: meter.clone(),
        quantity: *quantity,
        times: 1,
    };
    let before = used - quantity;
    let crossed = |percent: u8| {
        let reached = |amount: i64| i128::from(amount) * 100 >= i128::from(*limit) * i128::from(percent);
        reached(used) && !reached(before)
    };
    [80, 100].into_iter().filter(|percent| crossed(*percent)).fold(Evidence::of(act, &entry), |evidence, percent| {
        evidence.announce(
            act,
            &Happening::ThresholdReached {
                organization: *organization,
                service: service.clone(),
                meter: meter.clone(),
                percent,
                used,
                limit: *limit,
            },
        )
    })
}

#[cfg(test)]
mod tests;
