use std::sync::Mutex;

use kernel::testing::{NOON, act, nth};

use super::*;
use crate::model::{ReservationStatus, Service};
use crate::ports::{MockCatalogue, MockMeters};
use crate::testing::sms_gateway;

fn input() -> ConsumeInput {
    ConsumeInput {
        service: "SMS_GATEWAY".into(),
        meter: "messages".into(),
        quantity: 3,
        idempotency_key: "k1".into(),
        at: None,
    }
}

fn balance(used: i64) -> Balance {
    Balance { used, remaining: 100 - used, limit: 100, resets_at: None }
}

/// Asks for all of these; the orders that came of it are answered so.
async fn consume(inputs: &[ConsumeInput], answers: Vec<Answer>) -> (Vec<Result<Consumed, Error>>, Vec<Order>) {
    let mut catalogue = MockCatalogue::new();
    catalogue.expect_service().returning(|code| Ok(Some(sms_gateway()).filter(|it: &Service| it.code == *code)));
    let asked: Arc<Mutex<Vec<Order>>> = Arc::default();
    let seen = Arc::clone(&asked);
    let mut meters = MockMeters::new();
    meters.expect_deal().returning(move |orders| {
        seen.lock().unwrap().extend(orders);
        Ok(answers.clone())
    });
    let consume = Consume { catalogue: Arc::new(catalogue), meters: Arc::new(meters) };
    let results = consume.run_all(&act(), nth(60), inputs).await.unwrap();
    let asked = asked.lock().unwrap().clone();
    (results, asked)
}

async fn one(input: ConsumeInput, answer: Answer) -> Result<Consumed, Error> {
    consume(&[input], vec![answer]).await.0.remove(0)
}

#[tokio::test]
async fn what_is_asked_of_the_meter_is_what_was_said() {
    let happened_at = NOON - TimeDelta::days(1);
    let (_, orders) =
        consume(&[ConsumeInput { at: Some(happened_at), ..input() }], vec![Answer::Accepted(balance(3))]).await;
    let [order] = &orders[..] else { panic!("{orders:?}") };
    let meter = MeterKey { organization: nth(60), service: sms_gateway().code, meter: "messages".into() };
    assert_eq!((&order.meter, order.act.at), (&meter, NOON));
    let deed = Deed::Consume { quantity: 3, key: ledger_key("usage", "k1"), happened_at: Some(happened_at) };
    assert_eq!(order.deed, deed);
}

#[tokio::test]
async fn each_answer_is_told() {
    let told = |accepted, used| Consumed { accepted, meter: "messages".into(), balance: balance(used) };
    assert_eq!(one(input(), Answer::Accepted(balance(10))).await.unwrap(), told(true, 10));
    assert_eq!(one(input(), Answer::Repeated(balance(7))).await.unwrap(), told(true, 7));
    assert_eq!(one(input(), Answer::Exceeded(balance(99))).await.unwrap(), told(false, 99));
    assert!(matches!(one(input(), Answer::KeyReused).await, Err(Error::KeyReused)));
    assert!(matches!(one(input(), Answer::NotEntitled).await, Err(Error::NotEntitled)));
    let unknown = ConsumeInput { service: "HONEY".into(), ..input() };
    assert!(matches!(one(unknown, Answer::NotEntitled).await, Err(Error::ServiceNotFound)));
    let Err(Error::Invalid(problems)) = one(input(), Answer::NoSuchMeter).await else { panic!("no problem") };
    assert_eq!(problems, Problems::one("meter", "The plan has no such meter."));
    let strange = one(input(), Answer::Closed(ReservationStatus::Open)).await;
    assert!(matches!(strange, Err(Error::ReservationClosed(_))));
    assert!(matches!(one(input(), Answer::Released).await, Err(Error::Fault(Fault::Failed(_)))));
}

#[tokio::test]
async fn what_breaks_a_rule_is_asked_of_no_meter() {
    let moment = |delta: TimeDelta| ConsumeInput { at: Some(NOON + delta), ..input() };
    for (bad, field) in [
        (ConsumeInput { quantity: 0, ..input() }, "quantity"),
        (ConsumeInput { quantity: -1, ..input() }, "quantity"),
        (ConsumeInput { quantity: MOST + 1, ..input() }, "quantity"),
        (ConsumeInput { idempotency_key: String::new(), ..input() }, "idempotency_key"),
        (ConsumeInput { idempotency_key: "k".repeat(256), ..input() }, "idempotency_key"),
        (moment(TimeDelta::seconds(-31 * 86_400 - 1)), "at"),
        (moment(TimeDelta::seconds(301)), "at"),
    ] {
        let (mut results, orders) = consume(&[bad], vec![]).await;
        let Err(Error::Invalid(problems)) = results.remove(0) else { panic!("{field}") };
        assert_eq!(problems.iter().map(|(name, _)| name).collect::<Vec<_>>(), [field]);
        assert!(orders.is_empty());
    }
    let (results, _) = consume(&[ConsumeInput { service: "sms".into(), ..input() }], vec![]).await;
    assert!(matches!(results[..], [Err(Error::ServiceNotFound)]));
}

#[tokio::test]
async fn of_many_each_has_its_own_result_in_its_place() {
    let bad = ConsumeInput { quantity: 0, ..input() };
    let inputs = [input(), bad, ConsumeInput { idempotency_key: "k2".into(), ..input() }];
    let (results, orders) = consume(&inputs, vec![Answer::Accepted(balance(3)), Answer::Exceeded(balance(3))]).await;
    assert_eq!(orders.len(), 2);
    assert!(
        matches!(&results[..], [Ok(first), Err(Error::Invalid(_)), Ok(last)] if first.accepted && !last.accepted),
        "{results:?}"
    );
}
