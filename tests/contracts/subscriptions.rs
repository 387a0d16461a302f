use std::sync::Arc;

use adapter_postgres::PgStore;
use chrono::TimeDelta;
use entitlements::ports::Subscriptions;
use entitlements::{MoveSubscriptions, Subscribe, SubscribeInput, SubscriptionView};
use kernel::{Act, OrganizationId, Page, PageRequest};

use super::catalogue::install;
use crate::support::rig::Rig;

/// An organization with a catalogue to subscribe to.
async fn founded(rig: &Rig) -> OrganizationId {
    let user = rig.user("ada").await;
    install(rig, &rig.act()).await;
    rig.organization("acme", user.id).await.id
}

async fn subscribe(rig: &Rig, act: &Act, whose: OrganizationId, service: &str) -> SubscriptionView {
    let subscribe = Subscribe {
        store: Arc::new(rig.stores[0].clone()),
        catalogue: rig.pools[0].clone(),
        subscriptions: rig.pools[0].clone(),
    };
    let input = SubscribeInput {
        service: service.to_owned(),
        plan: "free".to_owned(),
        trial_days: Some(7),
        external_reference: Some("billing/1".to_owned()),
    };
    subscribe.run(act, whose, &input).await.unwrap()
}

fn later(act: &Act, by: TimeDelta) -> Act {
    Act { at: act.at + by, ..act.clone() }
}

fn moving(rig: &Rig, store: PgStore, i: usize) -> MoveSubscriptions {
    MoveSubscriptions { store: Arc::new(store), catalogue: rig.pools[i].clone(), subscriptions: rig.pools[i].clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_1_what_is_due_comes_the_most_overdue_first() {
    let rig = Rig::new().await;
    let (acme, act) = (founded(&rig).await, rig.act());
    let mut begun = Vec::new();
    for (service, hours) in [("SMS_GATEWAY", 2), ("HOSTING", 1), ("LINK_SHORTENER", 3)] {
        begun.push(subscribe(&rig, &later(&act, TimeDelta::hours(hours)), acme, service).await.id);
    }
    let due = async |after: TimeDelta, most| -> Vec<_> {
        rig.pools[1].due(act.at + after, most).await.unwrap().into_iter().map(|it| it.id).collect()
    };
    let week = TimeDelta::days(7);
    assert_eq!(due(week, 50).await, []);
    assert_eq!(due(week + TimeDelta::hours(1), 50).await, [begun[1]], "at its moment it is due");
    assert_eq!(due(week + TimeDelta::hours(9), 50).await, [begun[1], begun[0], begun[2]]);
    assert_eq!(due(week + TimeDelta::hours(9), 2).await, [begun[1], begun[0]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_1_what_is_due_is_moved_and_announced_once_by_however_many_nodes() {
    let rig = Rig::new().await;
    let (acme, act) = (founded(&rig).await, rig.act());
    for service in ["SMS_GATEWAY", "HOSTING", "LINK_SHORTENER"] {
        subscribe(&rig, &act, acme, service).await;
    }
    let announced = async |change: &str| {
        let sql = format!("SELECT count(*) FROM events WHERE data->>'change' = '{change}'");
        rig.database.count(&sql).await
    };
    let run = async |act: Act| {
        rig.race(16, |i, store| {
            let (moving, act) = (moving(&rig, store, i % 2), act.clone());
            async move { moving.run(&act).await.unwrap() }
        })
        .await;
    };
    run(later(&act, TimeDelta::days(7))).await;
    assert_eq!((announced("trial_ended").await, announced("renewed").await), (3, 0));
    // Two months later both months have turned unseen: that is told once.
    run(later(&act, TimeDelta::days(70))).await;
    assert_eq!((announced("trial_ended").await, announced("renewed").await), (3, 3));
    let entries = "SELECT count(*) FROM audit_entries WHERE action = 'entitlement.changed' AND actor_kind = 'system'";
    assert_eq!(rig.database.count(entries).await, 6);
    assert_eq!(rig.database.count("SELECT sum(version)::bigint FROM subscriptions").await, 6, "each was written twice");
    assert_eq!(rig.pools[0].due(act.at + TimeDelta::days(70), 50).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_are_read_as_they_were_written_page_by_page() {
    let rig = Rig::new().await;
    let (acme, act) = (founded(&rig).await, rig.act());
    let mut begun = Vec::new();
    for service in ["SMS_GATEWAY", "HOSTING", "LINK_SHORTENER"] {
        // Two of them at the same moment.
        let at = TimeDelta::hours(i64::from(service == "SMS_GATEWAY"));
        begun.push(subscribe(&rig, &later(&act, at), acme, service).await);
    }
    let (mut told, mut after) = (Vec::new(), None);
    loop {
        let Page { data, next } = rig.pools[1].of(acme, PageRequest { limit: 1, after }).await.unwrap();
        told.extend(data);
        after = next;
        if after.is_none() {
            break;
        }
    }
    let ids: Vec<_> = told.iter().map(|it| it.id).collect();
    assert_eq!(ids, [begun[0].id, begun[2].id, begun[1].id]);
    for it in told {
        assert_eq!(rig.pools[0].by_id(it.id).await.unwrap().as_ref(), Some(&it));
        let written = begun.iter().find(|view| view.id == it.id).unwrap();
        assert_eq!(&SubscriptionView::of(&it, it.started_at), written);
    }
    assert_eq!(rig.pools[0].by_id(act.id()).await.unwrap(), None);
}
