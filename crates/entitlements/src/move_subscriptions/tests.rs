use kernel::testing::{Units, nth};
use kernel::{Actor, CommitError, Fault, SubscriptionId, Write};

use super::*;
use crate::manage_subscription::tests::{act_at, first_end};
use crate::ports::{MockCatalogue, MockSubscriptions};
use crate::testing::{sms_gateway, subscription};

/// These are due; when one is read again, what that answers is true.
async fn run(
    store: &Arc<Units<Change>>,
    due: Vec<Subscription>,
    read: impl Fn(SubscriptionId) -> Option<Subscription> + Send + 'static,
) -> Result<bool, Error> {
    let mut catalogue = MockCatalogue::new();
    catalogue.expect_service().returning(|_| Ok(Some(sms_gateway())));
    let mut subscriptions = MockSubscriptions::new();
    subscriptions
        .expect_due()
        .times(1)
        .withf(|at, most| (*at, *most) == (first_end(), 50))
        .return_once(move |_, _| Ok(due));
    subscriptions.expect_by_id().returning(move |id| Ok(read(id)));
    let store: Arc<dyn Store<Change>> = Arc::<Units<Change>>::clone(store);
    MoveSubscriptions { store, catalogue: Arc::new(catalogue), subscriptions: Arc::new(subscriptions) }
        .run(&act_at(first_end()).by(Actor::System))
        .await
}

fn due(id: u64) -> Subscription {
    Subscription { id: nth(id), next_plan: Some("premium".into()), ..subscription("free") }
}

#[tokio::test]
async fn each_is_moved_and_announced_in_a_unit_of_its_own() {
    let store = Arc::default();
    let both = vec![due(90), due(91)];
    let read = both.clone();
    assert!(run(&store, both, move |id| read.iter().find(|it| it.id == id).cloned()).await.unwrap());
    let units = store.all();
    assert_eq!(units.len(), 2);
    for unit in units {
        let Change::Subscription(Write::Save { next, .. }) = &unit.changes[0] else { panic!("{unit:?}") };
        assert_eq!((next.plan.as_str(), next.next_plan.as_deref()), ("premium", None));
        let events: Vec<_> = unit.evidence.events.iter().map(|it| it.data["change"].as_str().unwrap()).collect();
        assert_eq!(events, ["plan_changed", "renewed"]);
        let entry = &unit.evidence.audit[0];
        assert_eq!((entry.action, entry.actor), ("entitlement.changed", Actor::System));
        assert_eq!(entry.public[0].after, serde_json::json!(["plan_changed", "renewed"]));
    }
}

#[tokio::test]
async fn where_nothing_is_due_nothing_is_done() {
    let store = Arc::default();
    assert!(!run(&store, vec![], |_| None).await.unwrap());
    assert_eq!(store.all(), []);
}

#[tokio::test]
async fn what_another_node_has_moved_is_left_alone() {
    let store = Arc::default();
    let moved = |id| Some(Subscription { id, ..subscription("premium") }.settled(first_end()));
    assert!(run(&store, vec![due(90)], moved).await.unwrap());
    assert!(run(&store, vec![due(90)], |_| None).await.unwrap());
    assert_eq!(store.all(), []);
}

#[tokio::test]
async fn of_two_nodes_at_once_the_later_finds_it_moved() {
    let store = Arc::new(Units::failing([CommitError::Stale]));
    let reads = std::sync::Mutex::new(vec![subscription("premium").settled(first_end()), due(90)]);
    assert!(run(&store, vec![due(90)], move |_| reads.lock().unwrap().pop()).await.unwrap());
    assert_eq!(store.all().len(), 1, "what went stale was not tried again");
}

#[tokio::test]
async fn one_that_can_not_be_moved_holds_up_no_other() {
    let store = Arc::new(Units::failing([CommitError::Fault(Fault::defect("x"))]));
    let outcome = run(&store, vec![due(90), due(91)], |id| Some(Subscription { id, ..due(90) })).await;
    assert!(matches!(outcome, Err(Error::Fault(_))));
    assert_eq!(store.all().len(), 2);
}
