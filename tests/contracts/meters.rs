use chrono::TimeDelta;
use entitlements::ports::{Meters, Subscriptions};
use entitlements::{
    Action, Change, Consumption, ConsumptionOutcome, LimitKind, Period, ServiceCode, Subscription, catalogue,
};
use kernel::{Act, Store, TokenHash, UnitOfWork, Write};

use crate::support::rig::Rig;

async fn subscription(rig: &Rig) -> Subscription {
    let user = rig.user("ada").await;
    let organization = rig.organization("acme", user.id).await.id;
    let act = rig.act();
    let services = catalogue::initial().into_iter().map(|service| {
        UnitOfWork::<Change>::of(&act, &Action::ServiceInstalled(service.code.clone()))
            .change(Change::Service(Write::Add(service)))
    });
    rig.stores[0].commit(services.reduce(UnitOfWork::and).unwrap()).await.unwrap();
    let service = ServiceCode::parse("SMS_GATEWAY").unwrap();
    let subscription = Subscription {
        id: act.id(),
        organization,
        service: service.clone(),
        plan: "free".to_owned(),
        started_at: act.at,
        trial_ends_at: None,
        suspended_at: None,
        ends_at: None,
        cancelled_at: None,
        version: 0,
    };
    let action = Action::Subscribed { organization, subscription: subscription.id };
    let unit = UnitOfWork::<Change>::of(&act, &action).change(Change::Subscription(Write::Add(subscription)));
    rig.stores[0].commit(unit).await.unwrap();
    rig.pools[0].newest(organization, &service).await.unwrap().unwrap()
}

fn consumption(subscription: &Subscription, act: &Act, key: &str, quantity: i64, limit: i64) -> Consumption {
    Consumption {
        organization: subscription.organization,
        subscription: subscription.id,
        subscription_version: subscription.version,
        service: subscription.service.clone(),
        meter: "messages".to_owned(),
        quantity,
        key: TokenHash::of(key),
        window: Period::Month.window(subscription.started_at, act.at),
        limit,
        limit_kind: LimitKind::Hard,
    }
}

async fn used(rig: &Rig, subscription: &Subscription) -> i64 {
    let wanted = [("messages".to_owned(), subscription.started_at)];
    rig.stores[1].used(subscription.organization, &subscription.service, &wanted).await.unwrap()[0]
}

#[tokio::test(flavor = "multi_thread")]
async fn meter_1_what_is_accepted_never_passes_a_hard_limit() {
    let rig = Rig::new().await;
    let subscription = subscription(&rig).await;
    let answers = rig
        .race(120, |i, store| {
            let act = rig.act();
            let consumption = consumption(&subscription, &act, &format!("k{i}"), 3, 100);
            async move { store.consume(&act, consumption).await.unwrap() }
        })
        .await;
    let accepted = answers.iter().filter(|it| matches!(it, ConsumptionOutcome::Accepted { .. })).count();
    assert_eq!(accepted, 33);
    assert!(
        answers
            .iter()
            .all(|it| matches!(it, ConsumptionOutcome::Accepted { .. } | ConsumptionOutcome::Exceeded { used: 99 })),
        "{answers:?}"
    );
    assert_eq!(used(&rig, &subscription).await, 99);
    assert_eq!(rig.count("consumptions").await, 33);
}

#[tokio::test(flavor = "multi_thread")]
async fn meter_1_a_soft_limit_is_passed() {
    let rig = Rig::new().await;
    let subscription = subscription(&rig).await;
    let act = rig.act();
    let soft = Consumption { limit_kind: LimitKind::Soft, ..consumption(&subscription, &act, "k", 150, 100) };
    assert_eq!(rig.stores[0].consume(&act, soft).await.unwrap(), ConsumptionOutcome::Accepted { used: 150 });
}

#[tokio::test(flavor = "multi_thread")]
async fn meter_2_one_key_counts_once_in_its_window_and_answers_the_same() {
    let rig = Rig::new().await;
    let subscription = subscription(&rig).await;
    let answers = rig
        .race(50, |_, store| {
            let act = rig.act();
            let consumption = consumption(&subscription, &act, "same", 7, 100);
            async move { store.consume(&act, consumption).await.unwrap() }
        })
        .await;
    assert_eq!(answers.iter().filter(|it| matches!(it, ConsumptionOutcome::Accepted { used: 7 })).count(), 1);
    assert_eq!(answers.iter().filter(|it| matches!(it, ConsumptionOutcome::Repeated { used: 7 })).count(), 49);
    assert_eq!(used(&rig, &subscription).await, 7);

    let act = rig.act();
    let consume = async |key: &str, quantity| {
        rig.stores[0].consume(&act, consumption(&subscription, &act, key, quantity, 100)).await.unwrap()
    };
    assert_eq!(consume("same", 8).await, ConsumptionOutcome::KeyReused);
    assert_eq!(consume("other", 1).await, ConsumptionOutcome::Accepted { used: 8 });
    assert_eq!(consume("same", 7).await, ConsumptionOutcome::Repeated { used: 7 }, "as it was answered then");
    assert_eq!(consume("big", 93).await, ConsumptionOutcome::Exceeded { used: 8 });
    assert_eq!(consume("big", 92).await, ConsumptionOutcome::Accepted { used: 100 }, "a refusal is not remembered");

    let mut later = rig.act();
    later.at += TimeDelta::days(40);
    let next = rig.stores[0].consume(&later, consumption(&subscription, &later, "same", 7, 100)).await.unwrap();
    assert_eq!(next, ConsumptionOutcome::Accepted { used: 7 }, "another window");
}

#[tokio::test(flavor = "multi_thread")]
async fn meter_3_a_subscription_that_moved_on_makes_it_stale() {
    let rig = Rig::new().await;
    let subscription = subscription(&rig).await;
    let next = Subscription { plan: "standard".to_owned(), ..subscription.clone() };
    let action = Action::Subscribed { organization: subscription.organization, subscription: subscription.id };
    let unit = UnitOfWork::<Change>::of(&rig.act(), &action)
        .change(Change::Subscription(Write::Save { expected: subscription.clone(), next }));
    rig.stores[1].commit(unit).await.unwrap();
    let act = rig.act();
    let outcome = rig.stores[0].consume(&act, consumption(&subscription, &act, "k", 1, 100)).await.unwrap();
    assert_eq!(outcome, ConsumptionOutcome::Stale);
    assert_eq!(used(&rig, &subscription).await, 0);
    assert_eq!(rig.count("consumptions").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn meter_4_acceptances_are_witnessed_and_thresholds_announced_once() {
    let rig = Rig::new().await;
    let subscription = subscription(&rig).await;
    let consumed = "SELECT count(*) FROM audit_entries WHERE action = 'entitlement.consumed'";
    rig.race(32, |i, store| {
        let act = rig.act();
        let consumption = consumption(&subscription, &act, &format!("k{i}"), 5, 100);
        async move { store.consume(&act, consumption).await.unwrap() }
    })
    .await;
    assert_eq!(used(&rig, &subscription).await, 100);
    assert_eq!(rig.database.count(consumed).await, 20);
    for percent in [80, 100] {
        let announced = format!(
            "SELECT count(*) FROM events WHERE kind = 'entitlement.threshold_reached' AND (data->>'percent')::int = {percent}"
        );
        assert_eq!(rig.database.count(&announced).await, 1, "{percent}");
    }
}
