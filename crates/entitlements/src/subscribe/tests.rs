use kernel::testing::{NOON, Units, act, nth};
use kernel::{CommitError, Scope, Taken};
use serde_json::json;

use super::*;
use crate::model::{Blocks, SuspensionReason, When};
use crate::ports::{MockCatalogue, MockSubscriptions};
use crate::testing::{sms_gateway, subscription};

fn input() -> SubscribeInput {
    SubscribeInput { service: "SMS_GATEWAY".into(), plan: "free".into(), trial_days: None, external_reference: None }
}

async fn subscribe_to(
    store: &Arc<Units<Change>>,
    service: Service,
    newest: Option<Subscription>,
    input: SubscribeInput,
) -> Result<SubscriptionView, Error> {
    let mut catalogue = MockCatalogue::new();
    catalogue.expect_service().returning(move |code| Ok(Some(service.clone()).filter(|it| it.code == *code)));
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

async fn subscribe(
    store: &Arc<Units<Change>>,
    newest: Option<Subscription>,
    input: SubscribeInput,
) -> Result<SubscriptionView, Error> {
    subscribe_to(store, sms_gateway(), newest, input).await
}

/// The subscription the only unit adds.
fn added(store: &Units<Change>) -> Subscription {
    let Change::Subscription(Write::Add(added)) = store.only().changes.remove(0) else { panic!("none") };
    added
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
    assert_eq!(event.data["change"], json!("begun"));
    assert_eq!((subscribed.id, subscribed.status), (nth(1), Status::Active));
    assert_eq!(subscribed.current_period_start, NOON);
    assert_eq!(subscribed.current_period_end, "2026-02-15T12:00:00Z".parse().ok());
}

#[tokio::test]
async fn it_may_begin_with_a_trial() {
    let store = Arc::default();
    let subscribed = subscribe(&store, None, SubscribeInput { trial_days: Some(14), ..input() }).await.unwrap();
    assert_eq!(subscribed.status, Status::Trialing);
    let added = added(&store);
    assert_eq!(added.trial_ends_at, Some(NOON + TimeDelta::days(14)));
    assert_eq!(added.settled_until, added.trial_ends_at);
}

#[tokio::test]
async fn one_living_subscription_is_enough() {
    let ended = Subscription { ends_at: Some(NOON), ..subscription("free") };
    assert!(subscribe(&Arc::default(), Some(ended), input()).await.is_ok());
    let living = [
        subscription("free"),
        subscription("free").suspend(SuspensionReason::Other, Blocks::Use, NOON).unwrap(),
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

#[tokio::test]
async fn what_a_billing_system_knows_it_by_is_kept() {
    let store = Arc::default();
    let input = |it: &str| SubscribeInput { external_reference: Some(it.to_owned()), ..input() };
    let subscribed = subscribe(&store, None, input("billing/7")).await.unwrap();
    assert_eq!(subscribed.external_reference.as_deref(), Some("billing/7"));
    assert_eq!(added(&store).external_reference.as_deref(), Some("billing/7"));
    for bad in ["", "a\u{7}b", &"r".repeat(256)] {
        let Err(Error::Invalid(problems)) = subscribe(&Arc::default(), None, input(bad)).await else { panic!("{bad}") };
        assert_eq!(problems.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["external_reference"]);
    }
}

#[tokio::test]
async fn it_begins_with_the_newest_version_and_never_with_what_is_retired() {
    let store = Arc::default();
    let mut service = sms_gateway();
    service.plans[0].version = 4;
    service.plans[1].retired_at = Some(NOON);
    assert_eq!(subscribe_to(&store, service.clone(), None, input()).await.unwrap().plan_version, 4);
    let standard = SubscribeInput { plan: "standard".into(), ..input() };
    let Err(Error::Invalid(problems)) = subscribe_to(&store, service.clone(), None, standard).await else { panic!() };
    assert_eq!(problems, Problems::one("plan", "The plan can't be subscribed to any more."));
    service.retired_at = Some(NOON);
    let Err(Error::Invalid(problems)) = subscribe_to(&store, service, None, input()).await else { panic!() };
    assert_eq!(problems, Problems::one("service", "The service can't be subscribed to any more."));
}

#[tokio::test]
async fn whoever_ended_one_goes_on_in_its_period() {
    let began = NOON - TimeDelta::days(3);
    let ended = Subscription { anchor: began, started_at: began, ..subscription("free") };
    let ended = ended.cancel(When::Now, NOON - TimeDelta::days(1)).unwrap();
    let store = Arc::default();
    let subscribed = subscribe(&store, Some(ended), input()).await.unwrap();
    let added = added(&store);
    assert_eq!((added.anchor, added.started_at), (began, NOON));
    assert_eq!(subscribed.current_period_start, began);
}

#[tokio::test]
async fn what_ended_while_it_was_stopped_is_a_stop_still() {
    let cancelled = subscription("free").cancel(When::Now, NOON).unwrap();
    for blocks in [Blocks::Use, Blocks::Change] {
        let suspension = subscription("free").suspend(SuspensionReason::Payment, blocks, NOON).unwrap().suspension;
        let stopped = Subscription { suspension, ..cancelled.clone() };
        let answer = subscribe(&Arc::default(), Some(stopped), input()).await;
        assert!(matches!(answer, Err(Error::IllegalState(Status::Suspended))));
    }
    assert!(subscribe(&Arc::default(), Some(cancelled), input()).await.is_ok());
}
