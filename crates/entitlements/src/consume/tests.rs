use kernel::testing::{NOON, act, nth};
use kernel::{Outcome, Scope};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::ports::{MockCatalogue, MockMeters, MockSubscriptions};
use crate::testing::{sms_gateway, subscription};

fn input() -> ConsumeInput {
    ConsumeInput { service: "SMS_GATEWAY".into(), meter: "messages".into(), quantity: 3, idempotency_key: "k1".into() }
}

/// What [`input`] comes to under the free plan.
fn consumption() -> Consumption {
    Consumption {
        organization: nth(60),
        subscription: nth(90),
        subscription_version: 1,
        service: sms_gateway().code,
        meter: "messages".into(),
        quantity: 3,
        key: TokenHash::of("k1"),
        window: Window { start: NOON, end: "2026-02-15T12:00:00Z".parse().ok() },
        limit: 100,
        limit_kind: LimitKind::Hard,
    }
}

/// Subscriptions are read one after the other, the last one for ever; so are outcomes.
async fn consume(
    newest: Vec<Option<Subscription>>,
    outcomes: Vec<ConsumptionOutcome>,
    input: ConsumeInput,
) -> (Result<Consumed, Error>, Vec<Consumption>) {
    fn next<T: Clone>(list: &mut Vec<T>) -> T {
        if list.len() > 1 { list.remove(0) } else { list[0].clone() }
    }
    let mut catalogue = MockCatalogue::new();
    catalogue.expect_service().returning(|code| Ok(Some(sms_gateway()).filter(|it| it.code == *code)));
    let mut subscriptions = MockSubscriptions::new();
    let mut newest = newest;
    subscriptions
        .expect_newest()
        .withf(|organization, _| *organization == nth(60))
        .returning(move |_, _| Ok(next(&mut newest)));
    let tried = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut meters = MockMeters::new();
    let (mut outcomes, seen) = (outcomes, Arc::clone(&tried));
    meters.expect_consume().returning(move |_, consumption| {
        seen.lock().unwrap().push(consumption);
        Ok(next(&mut outcomes))
    });
    let consume =
        Consume { catalogue: Arc::new(catalogue), subscriptions: Arc::new(subscriptions), meters: Arc::new(meters) };
    let answer = consume.run(&act(), nth(60), &input).await;
    let tried = tried.lock().unwrap().clone();
    (answer, tried)
}

async fn of_free(outcome: ConsumptionOutcome) -> Result<Consumed, Error> {
    consume(vec![Some(subscription("free"))], vec![outcome], input()).await.0
}

fn answer(accepted: bool, used: i64) -> Consumed {
    Consumed { accepted, meter: "messages".into(), used, limit: 100, resets_at: consumption().window.end }
}

#[tokio::test]
async fn what_is_asked_of_the_meter_follows_from_subscription_and_plan() {
    let (_, tried) =
        consume(vec![Some(subscription("free"))], vec![ConsumptionOutcome::Accepted { used: 3 }], input()).await;
    assert_eq!(tried, [consumption()]);
    let premium = Subscription { version: 4, ..subscription("premium") };
    let (_, tried) = consume(vec![Some(premium)], vec![ConsumptionOutcome::Accepted { used: 3 }], input()).await;
    let expected =
        Consumption { subscription_version: 4, limit: 1_000_000, limit_kind: LimitKind::Soft, ..consumption() };
    assert_eq!(tried, [expected]);
}

#[tokio::test]
async fn each_outcome_has_its_answer() {
    assert_eq!(of_free(ConsumptionOutcome::Accepted { used: 10 }).await.unwrap(), answer(true, 10));
    assert_eq!(of_free(ConsumptionOutcome::Repeated { used: 7 }).await.unwrap(), answer(true, 7));
    assert_eq!(of_free(ConsumptionOutcome::Exceeded { used: 99 }).await.unwrap(), answer(false, 99));
    assert!(matches!(of_free(ConsumptionOutcome::KeyReused).await, Err(Error::KeyReused)));
    assert!(matches!(of_free(ConsumptionOutcome::Stale).await, Err(Error::Fault(Fault::Contended))));
}

#[test]
fn nothing_is_left_of_less_than_nothing() {
    assert_eq!(answer(true, 40).remaining(), 60);
    assert_eq!(answer(true, 100).remaining(), 0);
    assert_eq!(answer(true, 140).remaining(), 0);
}

#[tokio::test]
async fn a_subscription_that_changed_is_read_again() {
    let changed = Subscription { plan: "standard".into(), version: 2, ..subscription("free") };
    let outcomes = vec![ConsumptionOutcome::Stale, ConsumptionOutcome::Accepted { used: 3 }];
    let (answer, tried) = consume(vec![Some(subscription("free")), Some(changed)], outcomes, input()).await;
    assert_eq!(answer.unwrap().limit, 10_000);
    assert_eq!(tried.iter().map(|it| it.subscription_version).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn who_is_not_entitled_consumes_nothing() {
    let suspended = Subscription { suspended_at: Some(NOON), ..subscription("free") };
    let expired = Subscription { ends_at: Some(NOON), ..subscription("free") };
    for newest in [None, Some(suspended), Some(expired)] {
        let (answer, tried) = consume(vec![newest], vec![ConsumptionOutcome::Accepted { used: 3 }], input()).await;
        assert!(matches!(answer, Err(Error::NotEntitled)));
        assert_eq!(tried, []);
    }
    let cancelled = Subscription { cancelled_at: Some(NOON), ..subscription("free") };
    let (answer, _) = consume(vec![Some(cancelled)], vec![ConsumptionOutcome::Accepted { used: 3 }], input()).await;
    assert!(answer.is_ok());
}

#[tokio::test]
async fn a_bad_input_is_named_and_consumes_nothing() {
    const QUANTITY: &str = "The quantity field must be a whole number from 1 to 1000000000000.";
    const KEY: &str = "The idempotency_key field must be 1 to 255 characters.";
    let cases = [
        (ConsumeInput { quantity: 0, ..input() }, "quantity", QUANTITY),
        (ConsumeInput { quantity: -1, ..input() }, "quantity", QUANTITY),
        (ConsumeInput { quantity: i64::MAX, ..input() }, "quantity", QUANTITY),
        (ConsumeInput { idempotency_key: String::new(), ..input() }, "idempotency_key", KEY),
        (ConsumeInput { idempotency_key: "k".repeat(256), ..input() }, "idempotency_key", KEY),
        (ConsumeInput { meter: "faxes".into(), ..input() }, "meter", "The plan has no such meter."),
    ];
    for (input, field, sentence) in cases {
        let outcomes = vec![ConsumptionOutcome::Accepted { used: 3 }];
        let (answer, tried) = consume(vec![Some(subscription("free"))], outcomes, input).await;
        let Err(Error::Invalid(problems)) = answer else { panic!("{field}") };
        assert_eq!(problems, Problems::one(field, sentence));
        assert_eq!(tried, []);
    }
    for service in ["FAX_GATEWAY", "sms"] {
        let input = ConsumeInput { service: service.into(), ..input() };
        let (answer, _) = consume(vec![None], vec![ConsumptionOutcome::Stale], input).await;
        assert!(matches!(answer, Err(Error::ServiceNotFound)), "{service}");
    }
}

#[test]
fn an_acceptance_is_written() {
    let evidence = witness(&act(), &consumption(), &ConsumptionOutcome::Accepted { used: 3 });
    let [entry] = evidence.audit.as_slice() else { panic!("{evidence:?}") };
    assert_eq!((entry.action, entry.outcome), ("entitlement.consumed", Outcome::Done));
    assert_eq!((entry.organization, entry.target.id.as_str()), (Some(nth(60)), "SMS_GATEWAY/messages"));
    let said: Vec<_> = entry.public.iter().map(|it| (it.key.as_ref(), it.after.clone())).collect();
    assert_eq!(said, [("quantity", json!(3)), ("times", json!(1))]);
    assert_eq!(evidence.events, []);
}

#[test]
fn only_an_acceptance_leaves_anything() {
    for outcome in [
        ConsumptionOutcome::Repeated { used: 80 },
        ConsumptionOutcome::Exceeded { used: 99 },
        ConsumptionOutcome::KeyReused,
        ConsumptionOutcome::Stale,
    ] {
        assert_eq!(witness(&act(), &consumption(), &outcome), Evidence::default());
    }
}

/// The thresholds that one acceptance announces.
fn announced(consumption: &Consumption, used: i64) -> Vec<i64> {
    let evidence = witness(&act(), consumption, &ConsumptionOutcome::Accepted { used });
    assert!(evidence.events.iter().all(|it| it.kind == "entitlement.threshold_reached"));
    evidence.events.iter().map(|it| it.data["percent"].as_i64().unwrap()).collect()
}

#[test]
fn a_threshold_is_announced_by_the_acceptance_that_reaches_it() {
    let of = |quantity| Consumption { quantity, ..consumption() };
    for (quantity, used, expected) in
        [(1, 79, &[][..]), (1, 80, &[80]), (1, 81, &[]), (20, 105, &[100]), (30, 109, &[80, 100]), (1, 101, &[])]
    {
        assert_eq!(announced(&of(quantity), used), expected, "{quantity} up to {used}");
    }
    let evidence = witness(&act(), &of(1), &ConsumptionOutcome::Accepted { used: 80 });
    assert_eq!(evidence.events[0].scope, Scope::Organization(nth(60)));
    assert_eq!(
        evidence.events[0].data,
        json!({"service": "SMS_GATEWAY", "meter": "messages", "percent": 80, "used": 80, "limit": 100})
    );
}

proptest! {
    #[test]
    fn over_all_acceptances_each_threshold_is_announced_once(
        limit in prop_oneof![1..50i64, 1..i64::MAX / 4],
        parts in prop::collection::vec(1..40i64, 1..60),
    ) {
        // Parts of any size beside the limit, past it at the end.
        let scale = (limit / 400).max(1);
        let mut used = 0;
        let mut heard = Vec::new();
        for part in parts {
            let consumption = Consumption { quantity: part * scale, limit, limit_kind: LimitKind::Soft, ..consumption() };
            used += consumption.quantity;
            heard.extend(announced(&consumption, used));
            for percent in [80, 100] {
                let is_reached = i128::from(used) * 100 >= i128::from(limit) * i128::from(percent);
                prop_assert_eq!(heard.contains(&percent), is_reached, "{} of {}", used, limit);
            }
        }
        let mut once = heard.clone();
        once.dedup();
        prop_assert_eq!(heard, once);
    }
}
