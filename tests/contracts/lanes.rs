//! What a meter does while others are at it.

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use entitlements::ports::Meters;
use entitlements::{Answer, Change, MeterKey, ServiceCode, Subscription};
use futures::future::join_all;
use kernel::{Act, Store, UnitOfWork, Write};

use super::meters::{begun, consume, messages, metered, reserve, subscribed, used};
use crate::support::rig::Rig;

/// Somebody else holds the meter, until this commits.
async fn hold(rig: &Rig, meter: &MeterKey) -> AsyncPgConnection {
    let mut connection = rig.database.connect().await;
    let lock = format!("SELECT 1 FROM meters WHERE organization_id = '{}' FOR UPDATE", meter.organization);
    connection.batch_execute(&format!("BEGIN; {lock}")).await.unwrap();
    connection
}

#[tokio::test(flavor = "multi_thread")]
async fn meter_5_slow_meters_delay_no_other() {
    let (rig, first) = metered().await;
    let mut all = vec![first];
    for slug in ["bee", "cat", "dog", "eel"] {
        all.push(subscribed(&rig, slug).await);
    }
    let store = &rig.stores[0];
    let act = rig.act();
    for it in &all {
        store.deal(vec![consume(&act, it, 1, "first")]).await.unwrap();
    }
    let (slow, others) = all.split_at(3);
    let mut held = Vec::new();
    let mut waiting = Vec::new();
    // More than there are lanes, each with a transaction of its own before the next comes, and then each with others.
    for (i, it) in slow.iter().enumerate() {
        held.push(hold(&rig, &messages(it)).await);
        let (store, order) = (store.clone(), consume(&act, it, 1, &format!("s{i}")));
        waiting.push(tokio::spawn(async move { store.deal(vec![order]).await.unwrap().remove(0) }));
        store_is_free(&rig, &act, &others[0], &format!("f{i}")).await;
    }
    for i in 0..10 {
        let orders = others.iter().map(|it| consume(&act, it, 1, &format!("k{i}"))).collect();
        let answers = store.deal(orders).await.unwrap();
        assert!(answers.iter().all(|it| matches!(it, Answer::Accepted(_))), "{answers:?}");
    }
    assert!(waiting.iter().all(|it| !it.is_finished()), "they are still held");
    for mut it in held {
        it.batch_execute("COMMIT").await.unwrap();
    }
    for answer in join_all(waiting).await {
        assert!(matches!(answer.unwrap(), Answer::Accepted(_)));
    }
    assert_eq!(used(&rig, &slow[0]).await, 2);
}

async fn store_is_free(rig: &Rig, act: &Act, of: &Subscription, key: &str) {
    let answers = rig.stores[0].deal(vec![consume(act, of, 1, key)]).await.unwrap();
    assert!(matches!(answers[..], [Answer::Accepted(_)]), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn meter_5_what_goes_wrong_with_one_meter_is_not_everybodys() {
    let (rig, first) = metered().await;
    let innocent = subscribed(&rig, "bee").await;
    let act = rig.act();
    let hosting = Subscription { id: act.id(), service: ServiceCode::parse("HOSTING").unwrap(), ..first.clone() };
    let unit = UnitOfWork::<Change>::of(&act, &begun(&hosting))
        .change(Change::Subscription(Write::Add(Subscription { version: 0, ..hosting.clone() })));
    rig.stores[0].commit(unit).await.unwrap();
    for round in 0..5 {
        let mut other = reserve(&act, &hosting, 1, &format!("r{round}"));
        other.meter.meter = "bandwidth_gb".to_owned();
        let orders = vec![
            reserve(&act, &first, 1, &format!("r{round}")),
            other,
            consume(&act, &innocent, 1, &format!("k{round}")),
        ];
        let answers = rig.stores[0].deal(orders).await.unwrap();
        assert!(matches!(answers[2], Answer::Accepted(_)), "{answers:?}");
        let made = answers[..2].iter().filter(|it| matches!(it, Answer::Reserved(_))).count();
        let refused = answers[..2].iter().filter(|it| matches!(it, Answer::KeyReused)).count();
        assert_eq!((made, refused), (1, 1), "{answers:?}");
    }
    assert_eq!(rig.count("reservations").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn meter_5_what_gathers_goes_together_in_the_order_it_came() {
    let (rig, subscription) = metered().await;
    let store = &rig.stores[0];
    let act = rig.act();
    store.deal(vec![consume(&act, &subscription, 1, "first")]).await.unwrap();
    let mut held = hold(&rig, &messages(&subscription)).await;
    let mut waiting = Vec::new();
    for i in 0..40 {
        let (store, order) = (store.clone(), consume(&act, &subscription, 1, &format!("k{i}")));
        let (arrived, arrival) = tokio::sync::oneshot::channel();
        waiting.push(tokio::spawn(async move {
            let dealing = store.deal(vec![order]);
            tokio::pin!(dealing);
            // Polled once it has arrived.
            assert!(futures::poll!(&mut dealing).is_pending());
            arrived.send(()).ok();
            dealing.await.unwrap().remove(0)
        }));
        arrival.await.unwrap();
    }
    held.batch_execute("COMMIT").await.unwrap();
    let answers: Vec<Answer> = join_all(waiting).await.into_iter().map(Result::unwrap).collect();
    let order: Vec<i64> = answers
        .iter()
        .map(|it| match it {
            Answer::Accepted(balance) => balance.used,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(order, (2..=41).collect::<Vec<i64>>());
    let flushes = "SELECT count(*) FROM audit_entries WHERE action = 'entitlement.consumed'";
    let count = rig.database.count(flushes).await;
    assert!(count <= 4, "40 that waited went together: {count} transactions");
}
