use std::collections::BTreeSet;

use chrono::TimeDelta;
use kernel::{OrganizationId, Secret, Store, UnitOfWork, Write};
use webhooks::ports::{Deliveries, Relay, Settled};
use webhooks::{Action, Change, Endpoint, EndpointStatus, EndpointUrl, SigningSecret};

use crate::support::rig::Rig;

/// Something happens to a user, `times` times.
async fn happens(rig: &Rig, user: &identity::User, times: usize) {
    for _ in 0..times {
        let happening = identity::Happening::UserUpdated { user: user.clone(), changed: &["username"] };
        let unit = UnitOfWork::<identity::Change>::of(&rig.act(), &identity::Action::EmailVerified(user.id))
            .announce(&happening);
        rig.stores[0].commit(unit).await.unwrap();
    }
}

async fn endpoint(rig: &Rig, organization: OrganizationId, kinds: &[&str], status: EndpointStatus) -> Endpoint {
    let act = rig.act();
    let endpoint = Endpoint {
        id: act.id(),
        organization,
        url: EndpointUrl::stored("https://example.com/hook").unwrap(),
        event_types: kinds.iter().map(ToString::to_string).collect(),
        description: None,
        secret: SigningSecret::parse(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).unwrap(),
        status,
        created_at: act.at,
        version: 0,
    };
    let action = Action::EndpointCreated { organization, webhook: endpoint.id };
    let unit = UnitOfWork::<Change>::of(&act, &action).change(Change::Endpoint(Write::Add(endpoint.clone())));
    rig.stores[0].commit(unit).await.unwrap();
    endpoint
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
    let due = rig.stores[0].claim(at, at + TimeDelta::minutes(1), 100, &[]).await.unwrap();
    for (webhook, organization) in [(one.id, acme), (two.id, second)] {
        let events: BTreeSet<_> = due.iter().filter(|it| it.webhook == webhook).map(|it| it.event).collect();
        assert_eq!(events.len(), 5, "each event once");
        assert!(due.iter().filter(|it| it.webhook == webhook).all(|it| it.organization == organization));
    }
    assert!(due.iter().all(|it| it.secret == one.secret && it.kind == "user.updated"));
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_1_of_many_claimers_one_gets_a_delivery_and_it_comes_again_unsettled() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
    happens(&rig, &ada, 6).await;
    let at = rig.act().at;
    while rig.pools[0].relay(at, 100).await.unwrap() > 0 {}
    let waiting = usize::try_from(rig.count("webhook_deliveries").await).unwrap();
    assert_eq!(waiting, 6);
    let lease = at + TimeDelta::minutes(1);
    let claimed =
        rig.race(8, |_, store| async move { Deliveries::claim(&store, at, lease, 1, &[]).await.unwrap() }).await;
    let all: Vec<_> = claimed.into_iter().flatten().map(|due| due.delivery).collect();
    assert_eq!(all.len(), waiting);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), waiting, "a delivery was handed out twice");
    assert!(Deliveries::claim(&rig.stores[0], lease - TimeDelta::seconds(1), lease, 9, &[]).await.unwrap().is_empty());
    let again = Deliveries::claim(&rig.stores[1], lease, lease + TimeDelta::minutes(1), 9, &[]).await.unwrap();
    assert_eq!(again.len(), waiting);
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_2_it_is_kept_until_it_is_delivered_or_given_up() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
    happens(&rig, &ada, 1).await;
    let mut at = rig.act().at;
    while rig.pools[0].relay(at, 100).await.unwrap() > 0 {}
    let claim = async |at| Deliveries::claim(&rig.stores[0], at, at + TimeDelta::minutes(1), 9, &[]).await.unwrap();
    for tries in 0..3 {
        let due = claim(at).await.remove(0);
        assert_eq!(due.tries, tries);
        let later = at + TimeDelta::minutes(5);
        let retry = Settled::Retry { at: later, status: Some(500), error: "answered 500".to_owned() };
        rig.stores[0].settle(due.delivery, at, retry).await.unwrap();
        assert!(claim(later - TimeDelta::seconds(1)).await.is_empty());
        at = later;
    }
    let due = claim(at).await.remove(0);
    rig.stores[0].settle(due.delivery, at, Settled::Delivered { status: 204 }).await.unwrap();
    assert!(claim(at + TimeDelta::days(9)).await.is_empty());
    assert_eq!(rig.count("webhook_deliveries").await, 1, "what became of it can be looked up");
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_3_a_busy_organization_holds_up_nobody_else() {
    let rig = Rig::new().await;
    let (ada, eve) = (rig.user("ada").await, rig.user("eve").await);
    let acme = rig.organization("acme", ada.id).await.id;
    let other = rig.organization("other", eve.id).await.id;
    for organization in [acme, other] {
        endpoint(&rig, organization, &["user.updated"], EndpointStatus::Enabled).await;
    }
    happens(&rig, &ada, 5).await;
    happens(&rig, &eve, 1).await;
    let at = rig.act().at;
    while rig.pools[0].relay(at, 100).await.unwrap() > 0 {}
    let lease = at + TimeDelta::minutes(1);
    let due = Deliveries::claim(&rig.stores[0], at, lease, 3, &[acme]).await.unwrap();
    assert_eq!(due.iter().map(|it| it.organization).collect::<Vec<_>>(), [other]);
    assert_eq!(Deliveries::claim(&rig.stores[0], at, lease, 9, &[]).await.unwrap().len(), 5);
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
    let claim = async || rig.stores[0].claim(at, at + TimeDelta::minutes(1), 100, &[]).await.unwrap().len();
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
    let due = Deliveries::claim(&rig.stores[0], later, later + TimeDelta::minutes(1), 100, &[]).await.unwrap();
    assert_eq!(due.iter().map(|it| it.kind.as_str()).collect::<Vec<_>>(), ["organization.deleted"]);
}
