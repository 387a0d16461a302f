use chrono::TimeDelta;
use entitlements::ports::{Meters, Subscriptions};
use entitlements::{
    Action, Alteration, Answer, Balance, Change, Deed, Granularity, MeterKey, Order, QuotaGrant, ReservationStatus,
    ServiceCode, Subscription, When, catalogue,
};
use kernel::{Act, ReservationId, Store, Time, TokenHash, UnitOfWork, Write};

use crate::support::rig::Rig;

/// An organization with the free plan of the SMS gateway: 100 messages a month, hard.
pub(super) async fn subscribed(rig: &Rig, slug: &str) -> Subscription {
    let user = rig.user(&slug.replace('-', "_")).await;
    let organization = rig.organization(slug, user.id).await.id;
    let act = rig.act();
    let service = sms_gateway();
    let subscription = Subscription {
        id: act.id(),
        organization,
        service: service.clone(),
        plan: "free".to_owned(),
        plan_version: 1,
        started_at: act.at,
        anchor: act.at,
        trial_ends_at: None,
        suspension: None,
        cancelled_at: None,
        ends_at: None,
        next_plan: None,
        external_reference: None,
        settled_until: None,
        version: 0,
    }
    .settled(act.at);
    let unit =
        UnitOfWork::<Change>::of(&act, &begun(&subscription)).change(Change::Subscription(Write::Add(subscription)));
    rig.stores[0].commit(unit).await.unwrap();
    rig.pools[0].newest(organization, &service).await.unwrap().unwrap()
}

fn sms_gateway() -> ServiceCode {
    ServiceCode::parse("SMS_GATEWAY").unwrap()
}

pub(super) fn begun(it: &Subscription) -> Action {
    Action::Subscription { alterations: vec![Alteration::Begun], organization: it.organization, subscription: it.id }
}

/// A database with the catalogue and one subscription.
pub(super) async fn metered() -> (Rig, Subscription) {
    let rig = Rig::new().await;
    let act = rig.act();
    let services = catalogue::initial().into_iter().map(|service| {
        UnitOfWork::<Change>::of(&act, &Action::ServiceInstalled(service.code.clone()))
            .change(Change::Service(Write::Add(service)))
    });
    rig.stores[0].commit(services.reduce(UnitOfWork::and).unwrap()).await.unwrap();
    let subscription = subscribed(&rig, "acme").await;
    (rig, subscription)
}

pub(super) fn messages(of: &Subscription) -> MeterKey {
    MeterKey { organization: of.organization, service: of.service.clone(), meter: "messages".to_owned() }
}

fn order(act: &Act, of: &Subscription, deed: Deed) -> Order {
    Order { act: act.clone(), meter: messages(of), deed }
}

pub(super) fn consume(act: &Act, of: &Subscription, quantity: i64, key: &str) -> Order {
    order(act, of, Deed::Consume { quantity, key: TokenHash::of(key), happened_at: None })
}

pub(super) fn reserve(act: &Act, of: &Subscription, quantity: i64, key: &str) -> Order {
    let (id, expires_at): (ReservationId, Time) = (act.id(), act.at + TimeDelta::hours(1));
    order(act, of, Deed::Reserve { id, quantity, expires_at, key: TokenHash::of(key) })
}

pub(super) async fn used(rig: &Rig, of: &Subscription) -> i64 {
    let facts = rig.stores[1].facts(of.organization, Some(of.service.clone()), rig.act().at).await.unwrap();
    facts[0].meters.first().map_or(0, |(_, state)| state.row.used)
}

async fn save(rig: &Rig, from: &Subscription, next: Subscription) {
    let write = Write::Save { expected: from.clone(), next };
    let unit = UnitOfWork::<Change>::of(&rig.act(), &begun(from)).change(Change::Subscription(write));
    rig.stores[1].commit(unit).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn meter_1_what_is_accepted_never_passes_a_hard_quota() {
    let (rig, subscription) = metered().await;
    let answers = rig
        .race(120, |i, store| {
            let order = consume(&rig.act(), &subscription, 3, &format!("k{i}"));
            async move { store.deal(vec![order]).await.unwrap().remove(0) }
        })
        .await;
    let accepted = answers.iter().filter(|it| matches!(it, Answer::Accepted(_))).count();
    assert_eq!(accepted, 33);
    for answer in &answers {
        let last = matches!(answer, Answer::Exceeded(Balance { used: 99, remaining: 1, .. }));
        assert!(matches!(answer, Answer::Accepted(_)) || last, "{answer:?}");
    }
    assert_eq!(used(&rig, &subscription).await, 99);
    assert_eq!(rig.database.count("SELECT sum(quantity) FROM consumptions").await, 99);
    assert_eq!(rig.database.count("SELECT sum(used) FROM usage_hours").await, 99);
}

#[tokio::test(flavor = "multi_thread")]
async fn meter_1_reservations_and_grants_count_too() {
    let (rig, subscription) = metered().await;
    let act = rig.act();
    let grant = QuotaGrant {
        id: act.id(),
        organization: subscription.organization,
        service: sms_gateway(),
        meter: "messages".to_owned(),
        amount: 20,
        priority: 1,
        expires_at: None,
        created_at: act.at,
        version: 0,
    };
    let granted = Action::QuotaGranted { organization: grant.organization, grant: grant.id };
    let unit = UnitOfWork::<Change>::of(&act, &granted).change(Change::QuotaGrant(Write::Add(grant)));
    rig.stores[0].commit(unit).await.unwrap();
    let answers = rig
        .race(60, |i, store| {
            let (act, key) = (rig.act(), format!("k{i}"));
            let order =
                if i % 4 < 2 { reserve(&act, &subscription, 3, &key) } else { consume(&act, &subscription, 3, &key) };
            async move { store.deal(vec![order]).await.unwrap().remove(0) }
        })
        .await;
    let reserved: Vec<ReservationId> = answers
        .iter()
        .filter_map(|it| match it {
            Answer::Reserved(reservation) => Some(reservation.id),
            _ => None,
        })
        .collect();
    let accepted = answers.iter().filter(|it| matches!(it, Answer::Accepted(_))).count();
    assert_eq!(reserved.len() + accepted, 40, "{answers:?}");
    let confirmed = rig
        .race(2 * reserved.len(), |i, store| {
            let (reservation, quantity) = (reserved[i / 2], Some(2));
            let order = order(&rig.act(), &subscription, Deed::Confirm { reservation, quantity });
            async move { store.deal(vec![order]).await.unwrap().remove(0) }
        })
        .await;
    let once = confirmed.iter().filter(|it| matches!(it, Answer::Accepted(_))).count();
    assert_eq!(once, reserved.len(), "each by one of the two who tried: {confirmed:?}");
    let in_all = i64::try_from(3 * accepted + 2 * reserved.len()).unwrap();
    assert_eq!(used(&rig, &subscription).await, in_all);
    let of_grant = rig.database.count("SELECT used FROM quota_grants").await;
    assert_eq!(of_grant, (in_all - 100).max(0));
    let stored = rig.stores[0].reservation(subscription.organization, reserved[0]).await.unwrap().unwrap();
    assert_eq!((stored.status(rig.act().at), stored.confirmed), (ReservationStatus::Confirmed, Some(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn meter_2_one_key_counts_once_in_its_window_and_answers_the_same() {
    let (rig, subscription) = metered().await;
    let answers = rig
        .race(200, |_, store| {
            let order = consume(&rig.act(), &subscription, 7, "same");
            async move { store.deal(vec![order]).await.unwrap().remove(0) }
        })
        .await;
    let (accepted, repeated): (Vec<_>, Vec<_>) = answers.iter().partition(|it| matches!(it, Answer::Accepted(_)));
    let [Answer::Accepted(balance)] = accepted[..] else { panic!("{accepted:?}") };
    assert!(repeated.iter().all(|it| **it == Answer::Repeated(*balance)), "{repeated:?}");
    assert_eq!((balance.used, used(&rig, &subscription).await), (7, 7));

    let deal = async |order: Order| rig.stores[0].deal(vec![order]).await.unwrap().remove(0);
    let act = rig.act();
    assert_eq!(deal(consume(&act, &subscription, 8, "same")).await, Answer::KeyReused);
    assert!(matches!(deal(consume(&act, &subscription, 1, "other")).await, Answer::Accepted(Balance { used: 8, .. })));
    assert_eq!(
        deal(consume(&act, &subscription, 7, "same")).await,
        Answer::Repeated(*balance),
        "as it was answered then"
    );
    assert!(matches!(deal(consume(&act, &subscription, 93, "big")).await, Answer::Exceeded(Balance { used: 8, .. })));
    let after = deal(consume(&act, &subscription, 92, "big")).await;
    assert!(matches!(after, Answer::Accepted(Balance { used: 100, .. })), "a refusal is not remembered: {after:?}");
    let later = Act { at: act.at + TimeDelta::days(32), ..act };
    let next = deal(consume(&later, &subscription, 7, "same")).await;
    assert!(matches!(next, Answer::Accepted(Balance { used: 7, .. })), "another window: {next:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn meter_2_one_key_makes_one_reservation() {
    let (rig, subscription) = metered().await;
    let act = rig.act();
    let made = rig
        .race(40, |_, store| {
            let order = reserve(&act, &subscription, 60, "same");
            async move { store.deal(vec![order]).await.unwrap().remove(0) }
        })
        .await;
    assert!(made.iter().all(|it| *it == made[0] && matches!(it, Answer::Reserved(_))), "{made:?}");
    assert_eq!(rig.count("reservations").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn meter_3_it_is_decided_by_the_subscription_as_it_stands() {
    let (rig, subscription) = metered().await;
    let act = rig.act();
    let deal = async |store: usize, quantity, key: &str| {
        rig.stores[store].deal(vec![consume(&act, &subscription, quantity, key)]).await.unwrap().remove(0)
    };
    assert!(matches!(deal(0, 1, "a").await, Answer::Accepted(Balance { limit: 100, .. })));
    let standard = catalogue::initial()[1].plan("standard").cloned().unwrap();
    save(&rig, &subscription, subscription.change_plan(&standard, When::Now, act.at).unwrap()).await;
    for store in [0, 1] {
        let answer = deal(store, 1, &format!("b{store}")).await;
        assert!(matches!(answer, Answer::Accepted(Balance { limit: 10_000, .. })), "{answer:?}");
    }
    let now = rig.pools[0].newest(subscription.organization, &subscription.service).await.unwrap().unwrap();
    save(&rig, &now, now.cancel(When::Now, act.at).unwrap()).await;
    for store in [0, 1] {
        assert_eq!(deal(store, 1, &format!("c{store}")).await, Answer::NotEntitled);
    }
    assert_eq!(used(&rig, &subscription).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn meter_4_what_counts_is_witnessed_and_thresholds_are_announced_once() {
    let (rig, subscription) = metered().await;
    rig.race(32, |i, store| {
        let order = consume(&rig.act(), &subscription, 5, &format!("k{i}"));
        async move { store.deal(vec![order]).await.unwrap() }
    })
    .await;
    assert_eq!(used(&rig, &subscription).await, 100);
    let told = |field: &str| {
        format!(
            "SELECT sum((detail->>'after')::bigint) FROM audit_entries, jsonb_array_elements(public) detail
            WHERE action = 'entitlement.consumed' AND detail->>'key' = '{field}'"
        )
    };
    assert_eq!(rig.database.count(&told("quantity")).await, 100);
    assert_eq!(rig.database.count(&told("times")).await, 20);
    for percent in [80, 100] {
        let announced = format!(
            "SELECT count(*) FROM events WHERE kind = 'entitlement.threshold_reached' AND (data->>'percent')::int = {percent}"
        );
        assert_eq!(rig.database.count(&announced).await, 1, "{percent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn meter_4_nothing_counts_where_it_cannot_be_witnessed() {
    let (rig, subscription) = metered().await;
    rig.database
        .execute("ALTER TABLE audit_entries ADD CONSTRAINT shut CHECK (action <> 'entitlement.consumed') NOT VALID")
        .await;
    let order = consume(&rig.act(), &subscription, 5, "k");
    assert!(rig.stores[0].deal(vec![order.clone()]).await.is_err());
    assert_eq!((used(&rig, &subscription).await, rig.count("consumptions").await), (0, 0));
    rig.database.execute("ALTER TABLE audit_entries DROP CONSTRAINT shut").await;
    let again = rig.stores[0].deal(vec![order]).await.unwrap();
    assert!(matches!(again[..], [Answer::Accepted(Balance { used: 5, .. })]), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_adds_up_by_hour_day_and_month() {
    let (rig, subscription) = metered().await;
    let act = rig.act();
    let times = ["2026-01-31T22:59:59Z", "2026-01-31T23:00:00Z", "2026-01-31T23:30:00Z", "2026-02-01T00:00:00Z"];
    for (i, time) in times.iter().enumerate() {
        let deed = Deed::Consume {
            quantity: 10 + i64::try_from(i).unwrap(),
            key: TokenHash::of(time),
            happened_at: time.parse().ok(),
        };
        rig.stores[0].deal(vec![order(&act, &subscription, deed)]).await.unwrap();
    }
    let (from, to): (Time, Time) = ("2026-01-31T22:30:00Z".parse().unwrap(), "2026-03-01T00:00:00Z".parse().unwrap());
    let told = async |granularity| {
        let buckets = rig.stores[1]
            .history(subscription.organization, &subscription.service, from, to, granularity)
            .await
            .unwrap();
        buckets.into_iter().map(|it| (kernel::rfc3339(it.start), it.used, it.times)).collect::<Vec<_>>()
    };
    let bucket = |start: &str, used, times| (start.to_owned(), used, times);
    assert_eq!(
        told(Granularity::Hour).await,
        [
            bucket("2026-01-31T22:00:00Z", 10, 1),
            bucket("2026-01-31T23:00:00Z", 23, 2),
            bucket("2026-02-01T00:00:00Z", 13, 1)
        ]
    );
    let (day, month) = (told(Granularity::Day).await, told(Granularity::Month).await);
    assert_eq!(day, [bucket("2026-01-31T00:00:00Z", 33, 3), bucket("2026-02-01T00:00:00Z", 13, 1)]);
    assert_eq!(month, [bucket("2026-01-01T00:00:00Z", 33, 3), bucket("2026-02-01T00:00:00Z", 13, 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_call_deals_with_many_meters() {
    let (rig, first) = metered().await;
    let second = subscribed(&rig, "bee").await;
    let act = rig.act();
    let mut orders: Vec<Order> = (0..25)
        .flat_map(|i| [consume(&act, &first, 1, &format!("a{i}")), consume(&act, &second, 2, &format!("b{i}"))])
        .collect();
    orders.push(Order { meter: MeterKey { meter: "faxes".into(), ..messages(&first) }, ..orders[0].clone() });
    let answers = rig.stores[0].deal(orders).await.unwrap();
    assert_eq!((answers.len(), &answers[50]), (51, &Answer::NoSuchMeter));
    let balances = answers[..50].iter().map(|it| match it {
        Answer::Accepted(balance) => balance.used,
        other => panic!("{other:?}"),
    });
    assert_eq!(balances.collect::<Vec<_>>(), (1..=25).flat_map(|i| [i, 2 * i]).collect::<Vec<i64>>());
    assert_eq!((used(&rig, &first).await, used(&rig, &second).await), (25, 50));
}
