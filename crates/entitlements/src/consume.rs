use std::sync::Arc;

use chrono::TimeDelta;
use kernel::{Act, Fault, OrganizationId, Problems, Time};

use crate::Error;
use crate::metering::{Answer, Balance, Deed, MeterKey, Order, ledger_key};
use crate::model::ServiceCode;
use crate::ports::{Catalogue, Meters};

/// Checks and consumes in one step.
pub struct Consume {
    /// What there is.
    pub catalogue: Arc<dyn Catalogue>,
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
    /// When it happened; absent where that is now.
    pub at: Option<Time>,
}

/// The answer, whether it was accepted or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumed {
    /// Whether it counts.
    pub accepted: bool,
    /// The meter.
    pub meter: String,
    /// How the meter stands; where it counted before, how it stood then.
    pub balance: Balance,
}

/// The largest quantity in one request, so that no sum overflows.
pub(crate) const MOST: i64 = 1_000_000_000_000;

impl Consume {
    /// How far back an event may have happened.
    const REACH: TimeDelta = TimeDelta::days(31);
    /// How far another clock may be ahead.
    const LEEWAY: TimeDelta = TimeDelta::minutes(5);

    /// One.
    pub async fn run(&self, act: &Act, organization: OrganizationId, input: &ConsumeInput) -> Result<Consumed, Error> {
        let [answer] =
            self.run_all(act, organization, std::slice::from_ref(input)).await?.try_into().map_err(missing)?;
        answer
    }

    /// Any number in their order, each with its own result, together in as few transactions as their meters
    /// allow.
    pub async fn run_all(
        &self,
        act: &Act,
        organization: OrganizationId,
        inputs: &[ConsumeInput],
    ) -> Result<Vec<Result<Consumed, Error>>, Error> {
        let read: Vec<Result<Order, Error>> = inputs.iter().map(|it| order(act, organization, it)).collect();
        let orders: Vec<Order> = read.iter().filter_map(|it| it.as_ref().ok().cloned()).collect();
        let mut answers = if orders.is_empty() { Vec::new() } else { self.meters.deal(orders).await? }.into_iter();
        let mut results = Vec::with_capacity(inputs.len());
        for (order, input) in read.into_iter().zip(inputs) {
            results.push(match order {
                Err(error) => Err(error),
                Ok(order) => {
                    let answer = answers.next().ok_or_else(|| missing(()))?;
                    self.tell(answer, &order.meter, input).await
                }
            });
        }
        Ok(results)
    }

    async fn tell(&self, answer: Answer, meter: &MeterKey, input: &ConsumeInput) -> Result<Consumed, Error> {
        let told = |accepted, balance| Consumed { accepted, meter: input.meter.clone(), balance };
        match answer {
            Answer::Accepted(balance) | Answer::Repeated(balance) => Ok(told(true, balance)),
            Answer::Exceeded(balance) => Ok(told(false, balance)),
            other => Err(refused(other, meter, self.catalogue.as_ref()).await),
        }
    }
}

/// Why an order was not dealt with.
pub(crate) async fn refused(answer: Answer, meter: &MeterKey, catalogue: &dyn Catalogue) -> Error {
    match answer {
        Answer::NotEntitled => match catalogue.service(&meter.service).await {
            Ok(Some(_)) => Error::NotEntitled,
            Ok(None) => Error::ServiceNotFound,
            Err(fault) => fault.into(),
        },
        Answer::NoSuchMeter => Problems::one("meter", "The plan has no such meter.").into(),
        Answer::KeyReused => Error::KeyReused,
        Answer::TooMany => Error::TooMany,
        Answer::NotFound => Error::NotFound,
        Answer::Closed(status) => Error::ReservationClosed(status),
        other => Fault::defect(format!("an order was answered {other:?}")).into(),
    }
}

fn missing<T>(_: T) -> Error {
    Fault::defect("an order was not answered").into()
}

fn order(act: &Act, organization: OrganizationId, input: &ConsumeInput) -> Result<Order, Error> {
    let service = ServiceCode::parse(&input.service).ok_or(Error::ServiceNotFound)?;
    let mut problems = Problems::default();
    check_quantity(&mut problems, input.quantity);
    check_key(&mut problems, &input.idempotency_key);
    let good = (act.at - Consume::REACH)..=(act.at + Consume::LEEWAY);
    if input.at.is_some_and(|at| !good.contains(&at)) {
        problems.add("at", "The at field must lie within the last 31 days.");
    }
    if !problems.is_empty() {
        return Err(problems.into());
    }
    let deed = Deed::Consume {
        quantity: input.quantity,
        key: ledger_key("usage", &input.idempotency_key),
        happened_at: input.at.map(|at| at.min(act.at)),
    };
    Ok(Order { act: act.clone(), meter: MeterKey { organization, service, meter: input.meter.clone() }, deed })
}

pub(crate) fn check_quantity(problems: &mut Problems, quantity: i64) {
    if !(1..=MOST).contains(&quantity) {
        problems.add("quantity", format!("The quantity field must be a whole number from 1 to {MOST}."));
    }
}

pub(crate) fn check_key(problems: &mut Problems, key: &str) {
    if !(1..=255).contains(&key.chars().count()) {
        problems.add("idempotency_key", "The idempotency_key field must be 1 to 255 characters.");
    }
}

#[cfg(test)]
mod tests;
