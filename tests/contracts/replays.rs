use std::collections::BTreeSet;

use chrono::TimeDelta;
use kernel::{Store, Time, UnitOfWork};
use serde_json::json;
use webhooks::ports::{Deliveries, DeliveryLog, Relay, Then};
use webhooks::{Action, Change, Deed, Endpoint, EndpointStatus, Order, Ordered};

use super::deliveries::{any, endpoint, failing, happens, relayed, tried};
use crate::support::rig::Rig;

/// Gives an order four times at once.
async fn order(rig: &Rig, endpoint: &Endpoint, deed: Deed, at: Time, what: Ordered) {
    let (organization, webhook) = (endpoint.organization, endpoint.id);
    let given = rig
        .race(4, |_, store| {
            let order = Change::Deliver(Order { organization, webhook, at, what: what.clone() });
            let action = Action { organization, webhook, deed: deed.clone() };
            let unit = UnitOfWork::<Change>::of(&rig.act(), &action).change(order);
            async move { store.commit(unit).await }
        })
        .await;
    for order in given {
        order.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_is_sent_again_under_the_same_event() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let endpoint = endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
    happens(&rig, &ada, 1).await;
    let at = relayed(&rig).await;
    let lease = at + TimeDelta::minutes(1);
    let claim = async || Deliveries::claim(&rig.stores[0], at, lease, &any(9)).await.unwrap();
    let sent = claim().await.remove(0);
    rig.stores[0].settle(&sent, tried(at, 200), Then::Delivered).await.unwrap();
    assert_eq!(claim().await, []);
    order(&rig, &endpoint, Deed::Redelivered, at, Ordered::Again(sent.delivery)).await;
    assert_eq!(claim().await, [sent]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_span_is_replayed_whole_and_nobody_elses() {
    let rig = Rig::new().await;
    let (ada, eve) = (rig.user("ada").await, rig.user("eve").await);
    let acme = rig.organization("acme", ada.id).await.id;
    rig.organization("other", eve.id).await;
    let from = rig.act().at;
    happens(&rig, &ada, 3).await;
    happens(&rig, &eve, 2).await;
    let one = endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
    happens(&rig, &ada, 2).await;
    let at = relayed(&rig).await;
    let lease = at + TimeDelta::minutes(1);
    let claim = async |wanted| Deliveries::claim(&rig.stores[0], at, lease, &wanted).await.unwrap();
    let told = claim(any(99)).await;
    assert_eq!(told.len(), 2);
    rig.stores[0].settle(&told[0], tried(at, 200), Then::Delivered).await.unwrap();
    rig.stores[0].settle(&told[1], tried(at, 500), Then::GivenUp).await.unwrap();
    // Of orders at once each event is sent by one.
    order(&rig, &one, Deed::Replayed, at, Ordered::Span { from, to: at + TimeDelta::seconds(1) }).await;
    let again = claim(failing(99)).await;
    assert_eq!(again.iter().map(|it| it.message.event).collect::<BTreeSet<_>>().len(), 5);
    assert_eq!(again.len(), 5);
    assert!(again.iter().all(|it| it.tries == 0 && it.message.data["user"]["id"] == json!(ada.id)));
    order(&rig, &one, Deed::Replayed, at, Ordered::Span { from, to: from }).await;
    assert_eq!(claim(failing(99)).await, [], "an empty span is nothing");
    let log: &dyn DeliveryLog = &*rig.pools[0];
    for (most, counted) in [(9, 5), (3, 3)] {
        assert_eq!(log.count(&one, from, at + TimeDelta::seconds(1), most).await.unwrap(), counted);
    }
    assert_eq!(log.count(&one, from, from, 9).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn relay_1_a_replay_that_races_the_relay_leaves_each_event_to_one() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let from = rig.act().at;
    happens(&rig, &ada, 2).await;
    let one = endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
    let (at, to) = (rig.act().at, rig.act().at + TimeDelta::days(9));
    for round in 1..4 {
        happens(&rig, &ada, 20).await;
        let span = || {
            let order = Order { organization: acme, webhook: one.id, at, what: Ordered::Span { from, to } };
            let action = Action { organization: acme, webhook: one.id, deed: Deed::Replayed };
            UnitOfWork::<Change>::of(&rig.act(), &action).change(Change::Deliver(order))
        };
        if round == 1 {
            rig.stores[0].commit(span()).await.unwrap();
            assert_eq!(rig.count("webhook_deliveries").await, 2, "what the relay has still to tell is the relay's");
        }
        rig.race(8, |i, store| {
            let (pool, span) = (rig.pools[i % 2].clone(), span());
            async move {
                if i < 4 { store.commit(span).await.unwrap() } else { while pool.relay(at, 3).await.unwrap() > 0 {} }
            }
        })
        .await;
        relayed(&rig).await;
        assert_eq!(rig.count("events WHERE relayed_at IS NULL").await, 0);
        assert_eq!(rig.count("webhook_deliveries").await, 2 + 20 * round);
    }
    // Even one that is there already is in nobody's way.
    rig.database.execute("UPDATE events SET relayed_at = NULL").await;
    relayed(&rig).await;
    assert_eq!(rig.count("events WHERE relayed_at IS NULL").await, 0);
    assert_eq!(rig.count("webhook_deliveries").await, 62);
}

#[tokio::test(flavor = "multi_thread")]
async fn relay_1_of_a_user_it_is_told_what_happened_since_they_belong_to_it() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let acme = rig.organization("acme", ada.id).await.id;
    let one = endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
    let from = rig.act().at;
    happens(&rig, &bob, 2).await;
    let joined = "INSERT INTO members (organization_id, user_id, role, status, joined_at, version)
        SELECT organization_id, $user, 'member', 'active', clock_timestamp(), 0 FROM members";
    rig.database.execute(&joined.replace("$user", &format!("'{}'", bob.id))).await;
    happens(&rig, &bob, 3).await;
    let at = relayed(&rig).await;
    assert_eq!(rig.count("webhook_deliveries").await, 3);
    order(&rig, &one, Deed::Replayed, at, Ordered::Span { from, to: at + TimeDelta::seconds(1) }).await;
    assert_eq!(rig.count("webhook_deliveries").await, 3, "nor is it by a replay");
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_6_what_was_asked_for_meanwhile_is_left_as_it_was_asked_for() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let one = endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
    let from = rig.act().at - TimeDelta::minutes(1);
    happens(&rig, &ada, 1).await;
    let at = relayed(&rig).await;
    let later = at + TimeDelta::hours(1);
    let claim =
        async |wanted| Deliveries::claim(&rig.stores[0], at, at + TimeDelta::minutes(1), &wanted).await.unwrap();
    let mut due = claim(any(9)).await.remove(0);
    let (delivery, span) = (due.delivery, Ordered::Span { from, to: later });
    let orders = [Ordered::Again(delivery), span.clone(), Ordered::Again(delivery), span];
    let ends = [Then::Again(later), Then::GivenUp, Then::GivenUp, Then::Again(later)];
    for (what, then) in orders.into_iter().zip(ends) {
        order(&rig, &one, Deed::Redelivered, at, what).await;
        rig.stores[1].settle(&due, tried(at, 500), then).await.unwrap();
        due = claim(failing(9)).await.remove(0);
        assert_eq!(due.tries, 0, "from the first try on");
    }
    order(&rig, &one, Deed::Redelivered, at, Ordered::Again(delivery)).await;
    rig.stores[1].settle(&due, tried(at, 200), Then::Delivered).await.unwrap();
    assert_eq!(claim(any(9)).await, [], "what was delivered is");
    let kept = DeliveryLog::by_id(&*rig.pools[1], &one, delivery).await.unwrap().unwrap();
    assert_eq!(kept.tries.len(), 5, "each try is written down");
}
