use std::sync::Arc;

use kernel::{Act, Fault, OrganizationId, Problems, is_invisible};

use crate::consume::{MOST, check_key, refused};
use crate::metering::{Answer, Deed, MeterKey, Order, ledger_key};
use crate::model::ServiceCode;
use crate::ports::{Catalogue, Meters};
use crate::{Consumed, Error};

/// Takes back what was counted and should not have been: for platform administrators.
pub struct CorrectUsage {
    /// What there is.
    pub catalogue: Arc<dyn Catalogue>,
    /// What counts.
    pub meters: Arc<dyn Meters>,
}

/// What is to be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrectUsageInput {
    /// Of which service.
    pub service: String,
    /// Of which meter.
    pub meter: String,
    /// How much, as the negative usage it is: at most -1.
    pub quantity: i64,
    /// Counts once: 1 to 255 characters.
    pub idempotency_key: String,
    /// Why: 1 to 500 characters, for the audit log.
    pub reason: String,
}

impl CorrectUsage {
    /// Within the present period; no more than was used in it.
    pub async fn run(
        &self,
        act: &Act,
        organization: OrganizationId,
        input: &CorrectUsageInput,
    ) -> Result<Consumed, Error> {
        let service = ServiceCode::parse(&input.service).ok_or(Error::ServiceNotFound)?;
        check(input)?;
        let meter = MeterKey { organization, service, meter: input.meter.clone() };
        let deed = Deed::Correct {
            quantity: -input.quantity,
            key: ledger_key("correction", &input.idempotency_key),
            reason: input.reason.clone(),
        };
        let order = Order { act: act.clone(), meter: meter.clone(), deed };
        match self.meters.deal(vec![order]).await?.pop() {
            Some(Answer::Accepted(balance) | Answer::Repeated(balance)) => {
                Ok(Consumed { accepted: true, meter: meter.meter, balance })
            }
            Some(Answer::BelowZero(balance)) => {
                let sentence = format!("No more than {} was used in this period.", balance.used);
                Err(Problems::one("quantity", sentence).into())
            }
            Some(other) => Err(refused(other, &meter, self.catalogue.as_ref()).await),
            None => Err(Fault::defect("an order was not answered").into()),
        }
    }
}

fn check(input: &CorrectUsageInput) -> Result<(), Problems> {
    let mut problems = Problems::default();
    if !(-MOST..=-1).contains(&input.quantity) {
        problems.add("quantity", format!("The quantity field must be a whole number from -{MOST} to -1."));
    }
    check_key(&mut problems, &input.idempotency_key);
    let reason = input.reason.trim();
    if !(1..=500).contains(&reason.chars().count()) || reason.chars().any(is_invisible) {
        problems.add("reason", "The reason field must be 1 to 500 visible characters.");
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use kernel::testing::{act, nth};

    use super::*;
    use crate::Balance;
    use crate::ports::{MockCatalogue, MockMeters};
    use crate::testing::sms_gateway;

    fn input() -> CorrectUsageInput {
        CorrectUsageInput {
            service: "SMS_GATEWAY".into(),
            meter: "messages".into(),
            quantity: -5,
            idempotency_key: "ticket".into(),
            reason: "Counted twice".into(),
        }
    }

    async fn correct(input: CorrectUsageInput, answer: Answer) -> (Result<Consumed, Error>, Vec<Deed>) {
        let mut catalogue = MockCatalogue::new();
        catalogue.expect_service().returning(|_| Ok(Some(sms_gateway())));
        let asked: Arc<Mutex<Vec<Deed>>> = Arc::default();
        let seen = Arc::clone(&asked);
        let mut meters = MockMeters::new();
        meters.expect_deal().returning(move |orders| {
            seen.lock().unwrap().extend(orders.into_iter().map(|it| it.deed));
            Ok(vec![answer.clone()])
        });
        let correct = CorrectUsage { catalogue: Arc::new(catalogue), meters: Arc::new(meters) };
        let result = correct.run(&act(), nth(60), &input).await;
        let asked = asked.lock().unwrap().clone();
        (result, asked)
    }

    #[tokio::test]
    async fn negative_usage_is_taken_back_under_a_key_of_its_own() {
        let (corrected, deeds) = correct(input(), Answer::Accepted(Balance::default())).await;
        assert!(corrected.unwrap().accepted);
        let key = ledger_key("correction", "ticket");
        assert_eq!(deeds, [Deed::Correct { quantity: 5, key, reason: "Counted twice".into() }]);
    }

    #[tokio::test]
    async fn no_more_than_was_used_is_taken_back() {
        let balance = Balance { used: 3, ..Balance::default() };
        let (Err(Error::Invalid(problems)), _) = correct(input(), Answer::BelowZero(balance)).await else {
            panic!("no problem")
        };
        let sentence = "No more than 3 was used in this period.";
        assert_eq!(problems, Problems::one("quantity", sentence));
        assert!(matches!(correct(input(), Answer::NotEntitled).await.0, Err(Error::NotEntitled)));
    }

    #[tokio::test]
    async fn what_breaks_a_rule_is_named() {
        for (bad, field) in [
            (CorrectUsageInput { quantity: 0, ..input() }, "quantity"),
            (CorrectUsageInput { quantity: 1, ..input() }, "quantity"),
            (CorrectUsageInput { quantity: i64::MIN, ..input() }, "quantity"),
            (CorrectUsageInput { idempotency_key: String::new(), ..input() }, "idempotency_key"),
            (CorrectUsageInput { reason: " ".into(), ..input() }, "reason"),
            (CorrectUsageInput { reason: "a\u{0}b".into(), ..input() }, "reason"),
        ] {
            let (Err(Error::Invalid(problems)), deeds) = correct(bad, Answer::Released).await else {
                panic!("{field}")
            };
            assert_eq!(problems.iter().map(|(name, _)| name).collect::<Vec<_>>(), [field]);
            assert_eq!(deeds, []);
        }
    }
}
