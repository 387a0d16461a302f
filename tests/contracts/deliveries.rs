//! The MUSTs of deliveries: claims, leases and tries of one table, which all race the same fixtures; so they stand in one file.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use kernel::{OrganizationId, Secret, Store, Time, UnitOfWork, Write};
use serde_json::json;
use webhooks::ports::{Deliveries, DeliveryLog, Endpoints, Held, Relay, Then, Wanted};
use webhooks::{
    Action, Change, CustomHeaders, Deed, DeliveryStatus, Endpoint, EndpointStatus, EndpointUrl, Filters, LONGEST_PAUSE,
    SigningSecret, Try,
};

use crate::support::rig::Rig;

/// Something happens to a user, `times` times.
pub async fn happens(rig: &Rig, user: &identity::User, times: usize) {
    for _ in 0..times {
        let happening = identity::Happening::UserUpdated { user: user.clone(), changed: &["username"] };
        let unit = UnitOfWork::<identity::Change>::of(&rig.act(), &identity::Action::EmailVerified(user.id))
            .announce(&happening);
        rig.stores[0].commit(unit).await.unwrap();
    }
}

/// An endpoint that wants what happens to users, as it would be made.
pub fn new_endpoint(rig: &Rig, organization: OrganizationId) -> Endpoint {
    let act = rig.act();
    Endpoint {
        id: act.id(),
        organization,
        url: EndpointUrl::stored("https://example.com/hook").unwrap(),
        event_types: vec!["user.updated".to_owned()],
        description: None,
        filters: Filters::default(),
        headers: CustomHeaders::default(),
        secret: SigningSecret::parse(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).unwrap(),
        retired: Vec::new(),
        status: EndpointStatus::Enabled,
        created_at: act.at,
        version: 0,
    }
}

pub async fn add(rig: &Rig, endpoint: Endpoint) -> Endpoint {
    write(rig, Deed::Created, &endpoint, Write::Add(endpoint.clone())).await;
    endpoint
}

async fn write(rig: &Rig, deed: Deed, endpoint: &Endpoint, write: Write<Endpoint>) {
    let action = Action { organization: endpoint.organization, webhook: endpoint.id, deed };
    let unit = UnitOfWork::<Change>::of(&rig.act(), &action).change(Change::Endpoint(write));
    rig.stores[0].commit(unit).await.unwrap();
}

pub async fn endpoint(rig: &Rig, organization: OrganizationId, kinds: &[&str], status: EndpointStatus) -> Endpoint {
    let event_types = kinds.iter().map(ToString::to_string).collect();
    add(rig, Endpoint { event_types, status, ..new_endpoint(rig, organization) }).await
}

/// Makes deliveries of all that happened, and answers when.
pub async fn relayed(rig: &Rig) -> Time {
    let at = rig.act().at;
    while rig.pools[0].relay(at, 100).await.unwrap() > 0 {}
    at
}

/// Whatever is due, of endpoints that take what they are sent.
pub fn any(most: u16) -> Wanted {
    let (endpoints, organizations) = (Vec::new(), Vec::new());
    Wanted { most, failing: false, of_endpoint: most, of_organization: most, endpoints, organizations }
}

/// Of those that do not.
pub fn failing(most: u16) -> Wanted {
    Wanted { failing: true, ..any(most) }
}

/// A try that began then.
pub fn tried(at: Time, status: u16) -> Try {
    let error = (!(200..300).contains(&status)).then(|| format!("answered {status}"));
    let url = "https://example.com/hook".to_owned();
    Try { at, took_ms: 7, url, status: Some(status), error, response: Some("…".to_owned()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn relay_1_each_endpoint_that_wants_an_event_gets_it_once() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let second = rig.organization("second", ada.id).await.id;
    let eve = rig.user("eve").await;
    let other = rig.organization("other", eve.id).await.id;
    // What happened before there were endpoints is nobody's.
    happens(&rig, &ada, 1).await;

    let one = endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
    let two = endpoint(&rig, second, &["user.updated", "member.added"], EndpointStatus::Enabled).await;
    endpoint(&rig, acme, &["member.added"], EndpointStatus::Enabled).await;
    endpoint(&rig, acme, &["user.updated"], EndpointStatus::Disabled).await;
    endpoint(&rig, other, &["user.updated"], EndpointStatus::Enabled).await;

    // A user's events reach every organization the user belongs to.
    happens(&rig, &ada, 5).await;
    let at = rig.act().at;
    rig.race(8, |i, _| {
        let pool = rig.pools[i % 2].clone();
        async move { while pool.relay(at, 2).await.unwrap() > 0 {} }
    })
    .await;
    assert_eq!(rig.count("webhook_deliveries").await, 10);
    let due = rig.stores[0].claim(at, at + TimeDelta::minutes(1), &any(100)).await.unwrap();
    for (webhook, organization) in [(one.id, acme), (two.id, second)] {
        let events: BTreeSet<_> = due.iter().filter(|it| it.webhook == webhook).map(|it| it.message.event).collect();
        assert_eq!(events.len(), 5, "each event once");
        assert!(due.iter().filter(|it| it.webhook == webhook).all(|it| it.message.organization == organization));
    }
    assert!(due.iter().all(|it| it.secrets == [one.secret.clone()] && it.message.kind == "user.updated"));
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_1_of_many_claimers_one_gets_a_delivery_and_it_comes_again_unsettled() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
    happens(&rig, &ada, 6).await;
    let at = relayed(&rig).await;
    let waiting = usize::try_from(rig.count("webhook_deliveries").await).unwrap();
    assert_eq!(waiting, 6);
    let lease = at + TimeDelta::minutes(1);
    let claimed =
        rig.race(8, |_, store| async move { Deliveries::claim(&store, at, lease, &any(1)).await.unwrap() }).await;
    let all: Vec<_> = claimed.into_iter().flatten().map(|due| due.delivery).collect();
    assert_eq!(all.len(), waiting);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), waiting, "a delivery was handed out twice");
    assert!(Deliveries::claim(&rig.stores[0], lease - TimeDelta::seconds(1), lease, &any(9)).await.unwrap().is_empty());
    let again = Deliveries::claim(&rig.stores[1], lease, lease + TimeDelta::minutes(1), &any(9)).await.unwrap();
    assert_eq!(again.len(), waiting);
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_2_it_is_kept_until_it_is_delivered_or_given_up() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let endpoint = endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
    happens(&rig, &ada, 1).await;
    let first = relayed(&rig).await;
    let mut at = first;
    let claim =
        async |at, wanted| Deliveries::claim(&rig.stores[0], at, at + TimeDelta::minutes(1), &wanted).await.unwrap();
    for tries in 0..3 {
        let due = claim(at, if tries == 0 { any(9) } else { failing(9) }).await.remove(0);
        assert_eq!(due.tries, tries);
        let later = at + TimeDelta::minutes(5);
        rig.stores[0].settle(&due, tried(at, 500), Then::Again(later)).await.unwrap();
        assert!(claim(later - TimeDelta::seconds(1), failing(9)).await.is_empty());
        at = later;
    }
    let due = claim(at, failing(9)).await.remove(0);
    rig.stores[0].settle(&due, tried(at, 204), Then::Delivered).await.unwrap();
    for wanted in [any(9), failing(9)] {
        assert!(claim(at + TimeDelta::days(9), wanted).await.is_empty());
    }
    let kept = DeliveryLog::by_id(&*rig.pools[1], &endpoint, due.delivery).await.unwrap().unwrap();
    assert_eq!((kept.delivery.status, kept.delivery.tries), (DeliveryStatus::Delivered, 4));
    let minutes = |n: i64| first + TimeDelta::minutes(n);
    let expected = [tried(minutes(0), 500), tried(minutes(5), 500), tried(minutes(10), 500), tried(minutes(15), 204)];
    assert_eq!(kept.tries, expected, "what became of it can be looked up");
    assert_eq!(kept.message, due.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_3_who_is_busy_holds_up_nobody_else() {
    let rig = Rig::new().await;
    let (ada, eve) = (rig.user("ada").await, rig.user("eve").await);
    let acme = rig.organization("acme", ada.id).await.id;
    let other = rig.organization("other", eve.id).await.id;
    let slow = endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
    for organization in [acme, other] {
        endpoint(&rig, organization, &["user.updated"], EndpointStatus::Enabled).await;
    }
    happens(&rig, &ada, 5).await;
    happens(&rig, &eve, 1).await;
    let at = relayed(&rig).await;
    let lease = at + TimeDelta::minutes(1);
    let claim = async |wanted| Deliveries::claim(&rig.stores[0], at, lease, &wanted).await.unwrap();
    let holding = |under_way, places| vec![Held { webhook: slow.id, under_way, places }];
    let due = claim(Wanted { organizations: vec![(acme, 3)], ..any(3) }).await;
    assert_eq!(due.iter().map(|it| it.message.organization).collect::<Vec<_>>(), [other]);
    let due = claim(Wanted { endpoints: holding(2, 2), of_endpoint: 2, ..any(9) }).await;
    assert_eq!(due.len(), 2, "of one endpoint not more than this");
    assert!(due.iter().all(|it| it.webhook != slow.id && it.message.organization == acme));
    let due = claim(Wanted {
        endpoints: holding(1, 2),
        of_endpoint: 2,
        organizations: vec![(acme, 5)],
        of_organization: 7,
        ..any(9)
    })
    .await;
    assert_eq!(due.len(), 2, "with those under way");
    assert!(due.iter().filter(|it| it.webhook == slow.id).count() <= 1);
    assert_eq!(claim(any(9)).await.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_3_of_many_claimers_none_gets_more_of_an_endpoint_than_it_may() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    for _ in 0..3 {
        endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
    }
    happens(&rig, &ada, 40).await;
    let at = relayed(&rig).await;
    let lease = at + TimeDelta::minutes(1);
    let wanted = Wanted { of_endpoint: 2, of_organization: 5, ..any(6) };
    let claimed = rig
        .race(8, |_, store| {
            let wanted = wanted.clone();
            async move { Deliveries::claim(&store, at, lease, &wanted).await.unwrap() }
        })
        .await;
    let mut seen = BTreeSet::new();
    for due in claimed {
        assert!(due.len() <= 5, "more of an organization than it may have");
        for webhook in due.iter().map(|it| it.webhook).collect::<BTreeSet<_>>() {
            assert!(due.iter().filter(|it| it.webhook == webhook).count() <= 2);
        }
        for one in due {
            assert!(seen.insert(one.delivery), "a delivery was handed out twice");
        }
    }
    assert!(!seen.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_4_an_endpoint_that_is_disabled_or_gone_gets_nothing_more() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let endpoint = endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
    happens(&rig, &ada, 2).await;
    let at = relayed(&rig).await;
    let claim =
        async |at: Time| Deliveries::claim(&rig.stores[1], at, at + TimeDelta::minutes(1), &any(1)).await.unwrap();
    let under_way = claim(at).await.remove(0);
    let disabled = Endpoint { status: EndpointStatus::Disabled, ..endpoint.clone() };
    write(&rig, Deed::Updated, &endpoint, Write::Save { expected: endpoint.clone(), next: disabled }).await;
    assert_eq!(claim(at + TimeDelta::hours(1)).await, []);
    let found = Endpoints::by_id(&rig.stores[1], acme, endpoint.id).await.unwrap().unwrap();
    let enabled = Endpoint { status: EndpointStatus::Enabled, ..found.clone() };
    write(&rig, Deed::Updated, &endpoint, Write::Save { expected: found, next: enabled }).await;
    let found = Endpoints::by_id(&rig.stores[1], acme, endpoint.id).await.unwrap().unwrap();
    assert_eq!(claim(at).await.len(), 1, "what waited goes on");

    write(&rig, Deed::Deleted, &endpoint, Write::Remove { expected: found }).await;
    assert_eq!(claim(at + TimeDelta::hours(1)).await, []);
    // One that was under way ends in nothing.
    let settled = rig.stores[0].settle(&under_way, tried(at, 500), Then::Again(at)).await.unwrap();
    assert_eq!((settled, rig.count("webhook_deliveries").await, rig.count("webhook_failures").await), (None, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_5_an_endpoint_fails_from_a_try_that_was_not_taken_until_one_is() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let endpoint = endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
    happens(&rig, &ada, 8).await;
    let at = relayed(&rig).await;
    let lease = at + TimeDelta::minutes(1);
    let due = Deliveries::claim(&rig.stores[0], at, lease, &any(8)).await.unwrap();
    let again = Then::Again(at);
    // Of many that fail at once one is the first, and later ones do not move it.
    let first = rig.stores[0].settle(&due[0], tried(at, 500), again).await.unwrap();
    assert_eq!(first, Some(at));
    let later = at + TimeDelta::seconds(1);
    let since = rig
        .race(7, |i, store| {
            let due = due[i + 1].clone();
            async move { store.settle(&due, tried(later, 500), again).await.unwrap() }
        })
        .await;
    assert_eq!(since, [Some(at); 7]);
    let claim = async |wanted| Deliveries::claim(&rig.stores[0], later, lease, &wanted).await.unwrap();
    assert_eq!(claim(any(9)).await, []);
    let waiting = claim(failing(2)).await;
    assert_eq!(waiting.len(), 2, "it waits among those that fail");

    let taken = rig.stores[1].settle(&waiting[0], tried(later, 200), Then::Delivered).await.unwrap();
    assert_eq!(taken, None);
    assert_eq!((claim(failing(9)).await.len(), claim(any(9)).await.len()), (0, 6));
    let anew = rig.stores[0].settle(&waiting[1], tried(later, 500), again).await.unwrap();
    assert_eq!(anew, Some(later), "it begins anew");

    let next = Endpoint { description: Some("Repaired".to_owned()), ..endpoint.clone() };
    write(&rig, Deed::Updated, &endpoint, Write::Save { expected: endpoint.clone(), next }).await;
    assert_eq!(rig.count("webhook_failures").await, 0, "so does one that was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_5_time_in_which_nothing_was_tried_is_none_of_failure() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
    happens(&rig, &ada, 1).await;
    let at = relayed(&rig).await;
    let due = Deliveries::claim(&rig.stores[0], at, at, &any(1)).await.unwrap().remove(0);
    let fails = async |at| rig.stores[0].settle(&due, tried(at, 500), Then::Again(due.lease)).await.unwrap().unwrap();
    assert_eq!(fails(at).await, at);
    let mut now = at + LONGEST_PAUSE;
    assert_eq!(fails(now).await, at, "a pause the schedule makes counts");
    let silence = LONGEST_PAUSE + TimeDelta::seconds(1);
    now += silence;
    assert_eq!(fails(now).await, at + silence, "a longer one does not");
    assert_eq!(fails(now - TimeDelta::days(2)).await, at + silence, "one that began before has no pause before it");
    now += TimeDelta::hours(1);
    assert_eq!(fails(now).await, at + silence, "what was before it does");
    now += TimeDelta::days(90);
    assert_eq!(fails(now).await, at + silence + TimeDelta::days(90));
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_3_who_holds_less_comes_first_and_may_hold_what_it_is_said() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await.id);
        happens(&rig, &ada, 4).await;
        relayed(&rig).await;
    }
    let at = rig.act().at;
    let claim = async |wanted| {
        let due = Deliveries::claim(&rig.stores[0], at, at + TimeDelta::minutes(1), &wanted).await.unwrap();
        all.iter().map(|id| due.iter().filter(|it| it.webhook == *id).count()).collect::<Vec<_>>()
    };
    let held = |n: usize, under_way, places| Held { webhook: all[n], under_way, places };
    // The first has waited longest, and the last has nothing under way.
    let busy = vec![held(0, 2, 8), held(1, 1, 3)];
    let few = Wanted { of_organization: 2, of_endpoint: 1, endpoints: busy.clone(), ..any(9) };
    assert_eq!(claim(few).await, [0, 1, 1]);
    assert_eq!(claim(Wanted { of_endpoint: 1, endpoints: busy, ..any(9) }).await, [6, 2, 1]);
    assert_eq!(claim(Wanted { endpoints: vec![held(0, 3, 1)], of_endpoint: 1, ..any(9) }).await, [0, 1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_3_those_that_fail_take_turns() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    for _ in 0..40 {
        endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
    }
    happens(&rig, &ada, 10).await;
    let at = relayed(&rig).await;
    let once = endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
    happens(&rig, &ada, 1).await;
    relayed(&rig).await;
    let mut now = rig.act().at;
    let claim =
        async |now, wanted| Deliveries::claim(&rig.stores[0], now, now + TimeDelta::minutes(1), &wanted).await.unwrap();
    // All fail, the one as well; the others have long queues that came due before.
    for due in claim(now, Wanted { of_endpoint: 1, ..any(99) }).await {
        rig.stores[0].settle(&due, tried(now, 500), Then::Again(now)).await.unwrap();
    }
    assert_eq!(rig.count("webhook_failures").await, 41);
    let mut seen = BTreeSet::new();
    for _ in 0..6 {
        now += TimeDelta::seconds(20);
        for due in claim(now, Wanted { of_endpoint: 1, ..failing(8) }).await {
            seen.insert(due.webhook);
            rig.stores[0].settle(&due, tried(now, 500), Then::Again(now)).await.unwrap();
        }
    }
    assert!(seen.contains(&once.id) && seen.len() == 41, "{} had a turn, since {at}", seen.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn relay_1_filters_let_through_what_holds_all_that_they_say() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let wants = async |filters| {
        let filters = Filters::parse(&filters).unwrap();
        add(&rig, Endpoint { filters, ..new_endpoint(&rig, acme) }).await.id
    };
    let hers = wants(json!({"user": {"id": ada.id, "status": "active"}})).await;
    wants(json!({"user": {"id": "somebody else"}})).await;
    wants(json!({"user": {"id": ada.id, "no such field": null}})).await;
    happens(&rig, &ada, 1).await;
    let at = relayed(&rig).await;
    let due = Deliveries::claim(&rig.stores[0], at, at + TimeDelta::minutes(1), &any(9)).await.unwrap();
    assert_eq!(due.iter().map(|it| it.webhook).collect::<Vec<_>>(), [hers]);
}

#[tokio::test(flavor = "multi_thread")]
async fn relay_1_a_deleted_organization_is_told_that_it_is_and_nothing_more() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
    happens(&rig, &ada, 1).await;
    let at = rig.act().at;
    rig.pools[0].relay(at, 100).await.unwrap();
    assert_eq!(rig.count("webhook_deliveries").await, 1);

    rig.database.execute("UPDATE organizations SET deleted_at = now()").await;
    happens(&rig, &ada, 1).await;
    rig.pools[0].relay(rig.act().at, 100).await.unwrap();
    assert_eq!(rig.count("webhook_deliveries").await, 1, "what happens afterwards");
    let claim = async || rig.stores[0].claim(at, at + TimeDelta::minutes(1), &any(100)).await.unwrap().len();
    assert_eq!(claim().await, 0, "and what was waiting");
    rig.database.execute("UPDATE organizations SET deleted_at = NULL").await;
    assert_eq!(claim().await, 1);

    endpoint(&rig, acme, &["organization.deleted"], EndpointStatus::Enabled).await;
    let found = kernel::OrganizationRef::Id(acme);
    let act = rig.act().by(kernel::Actor::System);
    let use_case = tenancy::DeleteOrganization {
        store: std::sync::Arc::new(rig.stores[0].clone()),
        organizations: rig.pools[0].clone(),
        authority: std::sync::Arc::new(accounts::SnapshotAuthority { node: rig.nodes[0].clone() }),
    };
    use_case.run(&act, acme).await.unwrap();
    assert!(tenancy::ports::Organizations::find(&*rig.pools[1], &found).await.unwrap().is_none());
    let later = rig.act().at;
    while rig.pools[0].relay(later, 100).await.unwrap() > 0 {}
    let due = Deliveries::claim(&rig.stores[0], later, later + TimeDelta::minutes(1), &any(100)).await.unwrap();
    assert_eq!(due.iter().map(|it| it.message.kind.as_str()).collect::<Vec<_>>(), ["organization.deleted"]);
}
