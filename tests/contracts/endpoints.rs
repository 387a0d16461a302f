use chrono::TimeDelta;
use kernel::{CommitError, PageRequest, Secret, Store, UnitOfWork, Write};
use serde_json::json;
use webhooks::ports::{Deliveries, Endpoints, Relay};
use webhooks::{
    Action, Change, CustomHeaders, Deed, Endpoint, EndpointStatus, Filters, Happening, Order, Ordered, RetiredSecret,
    SigningSecret,
};

use super::deliveries::{add, any, endpoint, happens, new_endpoint, relayed};
use crate::support::rig::Rig;

#[tokio::test(flavor = "multi_thread")]
async fn relay_1_an_endpoint_that_goes_is_in_nobodys_way() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let kept = endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
    for round in 1..6 {
        let gone = endpoint(&rig, acme, &["user.updated"], EndpointStatus::Enabled).await;
        happens(&rig, &ada, 6).await;
        let at = rig.act().at;
        let removed = |endpoint: &Endpoint| {
            let action = Action { organization: acme, webhook: endpoint.id, deed: Deed::Deleted };
            let write = Write::Remove { expected: endpoint.clone() };
            UnitOfWork::<Change>::of(&rig.act(), &action).change(Change::Endpoint(write))
        };
        rig.race(6, |i, store| {
            let (pool, unit, test) = (rig.pools[i % 2].clone(), removed(&gone), test(&rig, &gone));
            async move {
                match i {
                    0 => store.commit(unit).await.unwrap(),
                    // There before it goes, or too late; never broken.
                    1 | 2 => match store.commit(test).await {
                        Ok(()) | Err(CommitError::Stale) => {}
                        Err(error) => panic!("{error:?}"),
                    },
                    _ => while pool.relay(at, 2).await.unwrap() > 0 {},
                }
            }
        })
        .await;
        relayed(&rig).await;
        assert_eq!(rig.count("webhook_deliveries").await, 6 * round);
    }
    let late = Endpoint { id: rig.act().id(), ..kept };
    assert!(matches!(rig.stores[0].commit(test(&rig, &late)).await, Err(CommitError::Stale)));
}

/// A test for the endpoint.
fn test(rig: &Rig, endpoint: &Endpoint) -> UnitOfWork<Change> {
    let act = rig.act();
    let (organization, webhook) = (endpoint.organization, endpoint.id);
    let unit = UnitOfWork::of(&act, &Action { organization, webhook, deed: Deed::Tested });
    let unit = unit.announce(&Happening::Test(endpoint.clone()));
    let what = Ordered::Test { delivery: act.id(), event: unit.evidence.events[0].id };
    unit.change(Change::Deliver(Order { organization, webhook, at: act.at, what }))
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoint_1_of_many_made_at_once_none_is_one_too_many() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    for _ in 0..Endpoint::MOST - 3 {
        add(&rig, new_endpoint(&rig, acme)).await;
    }
    let made = rig
        .race(8, |_, store| {
            let endpoint = new_endpoint(&rig, acme);
            let action = Action { organization: acme, webhook: endpoint.id, deed: Deed::Created };
            let unit = UnitOfWork::<Change>::of(&rig.act(), &action).change(Change::Endpoint(Write::Add(endpoint)));
            async move { store.commit(unit).await }
        })
        .await;
    assert_eq!(made.iter().filter(|it| it.is_ok()).count(), 3);
    assert!(made.iter().all(|it| matches!(it, Ok(()) | Err(CommitError::Stale))), "{made:?}");
    assert_eq!(Endpoints::count(&rig.stores[1], acme).await.unwrap(), Endpoint::MOST);
    let other = rig.organization("other", ada.id).await.id;
    assert_eq!(Endpoints::count(&rig.stores[1], other).await.unwrap(), 0);
    add(&rig, new_endpoint(&rig, other)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_does_not_open_is_left_out_of_the_list() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let first = add(&rig, new_endpoint(&rig, acme)).await;
    let broken = add(&rig, new_endpoint(&rig, acme)).await;
    let last = add(&rig, new_endpoint(&rig, acme)).await;
    let spoil = format!("UPDATE webhook_endpoints SET secret = '' WHERE id = '{}'", broken.id);
    rig.database.execute(&spoil).await;
    let page = async |limit, after| Endpoints::of(&rig.stores[0], acme, PageRequest { limit, after }).await.unwrap();
    let one = page(2, None).await;
    assert_eq!(one.data, [last]);
    assert_eq!(page(2, one.next).await.data, [first], "and the list goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_read_as_it_was_written_and_at_home_only() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let other = rig.organization("other", ada.id).await.id;
    let headers = CustomHeaders::parse([("x-key".to_owned(), Secret::new("canary"))]).unwrap();
    let secret = SigningSecret::parse(Secret::new("whsec_canaryAAAAAAAAAAAAAAAAAAAAAAAAAA")).unwrap();
    let until = rig.act().at + TimeDelta::hours(1);
    let filters = Filters::parse(&json!({"user": {}})).unwrap();
    let retired = vec![RetiredSecret { secret: secret.clone(), until }];
    let made = add(&rig, Endpoint { headers, filters, retired, ..new_endpoint(&rig, acme) }).await;
    add(&rig, new_endpoint(&rig, acme)).await;
    assert_eq!(Endpoints::by_id(&rig.stores[1], acme, made.id).await.unwrap(), Some(made.clone()));
    assert_eq!(Endpoints::by_id(&rig.stores[1], other, made.id).await.unwrap(), None);
    let page = |after| PageRequest { limit: 1, after };
    let first = Endpoints::of(&rig.stores[1], acme, page(None)).await.unwrap();
    let second = Endpoints::of(&rig.stores[1], acme, page(first.next)).await.unwrap();
    assert_eq!((second.data, second.next), (vec![made.clone()], None), "the newest first");
    assert_eq!(Endpoints::of(&rig.stores[1], other, page(None)).await.unwrap().data, []);
    let dump = "webhook_endpoints e WHERE encode(e.sealed_headers || e.retired_secrets, 'escape') LIKE '%canary%'";
    assert_eq!(rig.count(dump).await, 0);

    happens(&rig, &ada, 1).await;
    let at = relayed(&rig).await;
    let due = Deliveries::claim(&rig.stores[0], at, at, &any(9)).await.unwrap();
    let hers = due.into_iter().find(|it| it.webhook == made.id).unwrap();
    assert_eq!((hers.secrets, hers.headers), (vec![made.secret, secret], made.headers));
}
