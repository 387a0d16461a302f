use chrono::TimeDelta;
use kernel::testing::{NOON, Units, act, nth};
use kernel::{CommitError, Outcome, Scope};
use serde_json::json;

use super::*;
use crate::SubscriptionPatch;
use crate::model::{Blocks, ServiceCode, Status, SuspensionReason, When};
use crate::ports::{MockCatalogue, MockSubscriptions};
use crate::testing::{sms_gateway, subscription};

/// When the first month of a subscription that began at noon ends.
pub(crate) fn first_end() -> Time {
    "2026-02-15T12:00:00Z".parse().unwrap()
}

/// One subscription is written, and the catalogue has the SMS gateway, so changed.
pub(crate) fn manage_with(
    store: &Arc<Units<Change>>,
    written: &Subscription,
    change: fn(&mut Service),
) -> ManageSubscription {
    let mut service = sms_gateway();
    change(&mut service);
    let mut catalogue = MockCatalogue::new();
    let one = service.clone();
    catalogue.expect_service().returning(move |code: &ServiceCode| Ok(Some(one.clone()).filter(|it| it.code == *code)));
    catalogue.expect_services().returning(move || Ok(vec![service.clone()]));
    let mut subscriptions = MockSubscriptions::new();
    let (by_id, listed) = (written.clone(), written.clone());
    subscriptions.expect_by_id().returning(move |id| Ok(Some(by_id.clone()).filter(|it| it.id == id)));
    subscriptions.expect_of().returning(move |_, _| Ok(Page { data: vec![listed.clone()], next: None }));
    let store: Arc<dyn Store<Change>> = Arc::<Units<Change>>::clone(store);
    ManageSubscription { store, catalogue: Arc::new(catalogue), subscriptions: Arc::new(subscriptions) }
}

pub(crate) fn manage(store: &Arc<Units<Change>>, written: &Subscription) -> ManageSubscription {
    manage_with(store, written, |_| {})
}

/// Somebody's act, at that moment.
pub(crate) fn act_at(at: Time) -> Act {
    Act { at, ..act().by(Actor::User { id: nth(7), session: nth(8) }) }
}

/// The events of the only unit: type, change.
pub(crate) fn announced(store: &Units<Change>) -> Vec<(&'static str, String)> {
    let told = |it: &kernel::Event| (it.kind, it.data["change"].as_str().unwrap().to_owned());
    store.only().evidence.events.iter().map(told).collect()
}

fn chosen() -> Subscription {
    Subscription { next_plan: Some("premium".into()), ..subscription("free") }
}

#[tokio::test]
async fn it_is_told_as_it_stands_whether_that_is_written_or_not() {
    let store = Arc::default();
    let manage = manage(&store, &chosen());
    let before = manage.get(nth(60), nth(90), NOON).await.unwrap();
    assert_eq!((before.plan.as_str(), before.next_plan.as_deref()), ("free", Some("premium")));
    let after = manage.get(nth(60), nth(90), first_end()).await.unwrap();
    assert_eq!((after.plan.as_str(), after.next_plan), ("premium", None));
    assert_eq!(after.current_period_start, first_end());
    let page = PageRequest { limit: 50, after: None };
    let listed = manage.list(nth(60), page, first_end()).await.unwrap();
    assert_eq!(listed.data[0].plan, "premium");
    assert_eq!(store.all(), []);
}

#[tokio::test]
async fn another_organizations_is_not_there_but_for_who_administers_all() {
    let store = Arc::default();
    let manage = manage(&store, &subscription("free"));
    let act = act_at(NOON);
    let (theirs, unknown) = (nth(61), nth(91));
    assert!(matches!(manage.get(theirs, nth(90), NOON).await, Err(Error::NotFound)));
    assert!(matches!(manage.get(nth(60), unknown, NOON).await, Err(Error::NotFound)));
    assert!(matches!(manage.cancel(&act, theirs, nth(90), When::Now).await, Err(Error::NotFound)));
    assert!(matches!(manage.resume(&act, theirs, nth(90)).await, Err(Error::NotFound)));
    assert!(matches!(manage.change(&act, theirs, nth(90), &SubscriptionPatch::default()).await, Err(Error::NotFound)));
    assert!(matches!(manage.activate(&act, unknown).await, Err(Error::NotFound)));
    assert_eq!(store.all(), []);
    let stopped = manage.suspend(&act, nth(90), SuspensionReason::Abuse, Blocks::Use).await.unwrap();
    assert_eq!((stopped.organization, stopped.status), (nth(60), Status::Suspended));
}

#[tokio::test]
async fn what_was_done_is_recorded_and_announced() {
    let store = Arc::default();
    let act = act_at(NOON);
    let view = manage(&store, &subscription("free")).cancel(&act, nth(60), nth(90), When::PeriodEnd).await.unwrap();
    assert_eq!((view.status, view.ends_at), (Status::Cancelled, Some(first_end())));
    let unit = store.only();
    let Change::Subscription(Write::Save { expected, next }) = &unit.changes[0] else { panic!("{unit:?}") };
    assert_eq!((expected, next.ends_at), (&subscription("free"), Some(first_end())));
    let entry = &unit.evidence.audit[0];
    assert_eq!((entry.action, entry.outcome, entry.actor), ("entitlement.cancelled", Outcome::Done, act.actor));
    assert_eq!((entry.organization, entry.target.id.clone()), (Some(nth(60)), view.id.to_string()));
    let said: Vec<_> = entry.public.iter().map(|it| it.key.as_ref()).collect();
    assert_eq!(said, ["change", "cancelled_at", "ends_at"]);
    let event = &unit.evidence.events[0];
    assert_eq!((event.kind, event.scope), ("entitlement.cancelled", Scope::Organization(nth(60))));
    assert_eq!(event.data["subscription"]["ends_at"], json!("2026-02-15T12:00:00Z"));
    assert_eq!(event.data["subscription"]["status"], json!("cancelled"));
}

#[tokio::test]
async fn each_move_has_its_event() {
    let late = first_end() + TimeDelta::days(1);
    let cancelled = subscription("free").cancel(When::PeriodEnd, NOON).unwrap();
    let stopped = |it: &Subscription| it.suspend(SuspensionReason::Other, Blocks::Use, NOON).unwrap();
    let of = async |written: &Subscription, at: Time| {
        let store = Arc::default();
        manage(&store, written).activate(&act_at(at), nth(90)).await.unwrap();
        store
    };
    assert_eq!(
        announced(&*of(&stopped(&subscription("free")), NOON).await),
        [("entitlement.activated", "activated".into())]
    );
    let ended = of(&stopped(&cancelled), late).await;
    assert_eq!(
        announced(&ended),
        [("entitlement.changed", "expired".into()), ("entitlement.changed", "released".into())]
    );
    let store = Arc::default();
    manage(&store, &cancelled).resume(&act_at(NOON), nth(60), nth(90)).await.unwrap();
    assert_eq!(announced(&store), [("entitlement.changed", "resumed".into())]);
    let store = Arc::default();
    let suspend = manage(&store, &cancelled);
    suspend.suspend(&act_at(NOON), nth(90), SuspensionReason::Payment, Blocks::Change).await.unwrap();
    assert_eq!(announced(&store), [("entitlement.suspended", "suspended".into())]);
    assert_eq!(store.only().evidence.events[0].data["subscription"]["suspension"]["reason"], "payment");
}

#[tokio::test]
async fn what_time_did_before_is_written_with_it_as_nobodys_deed() {
    let store = Arc::default();
    let late = first_end() + TimeDelta::days(1);
    let view = manage(&store, &chosen()).cancel(&act_at(late), nth(60), nth(90), When::PeriodEnd).await.unwrap();
    assert_eq!(view.plan, "premium");
    let unit = store.only();
    let saved: Vec<_> = unit
        .changes
        .iter()
        .map(|it| match it {
            Change::Subscription(Write::Save { expected, next }) => {
                (expected.version, expected.plan.as_str(), next.plan.as_str(), next.ends_at.is_some())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(saved, [(1, "free", "premium", false), (2, "premium", "premium", true)]);
    let entries: Vec<_> = unit.evidence.audit.iter().map(|it| (it.action, it.actor)).collect();
    assert_eq!(entries, [("entitlement.changed", Actor::System), ("entitlement.cancelled", act_at(late).actor)]);
    let events: Vec<_> = unit.evidence.events.iter().map(|it| it.data["change"].as_str().unwrap()).collect();
    assert_eq!(events, ["plan_changed", "renewed", "cancelled"]);
    assert_eq!(unit.evidence.events[0].data["plan_before"], "free");
}

#[tokio::test]
async fn it_is_decided_on_what_stands_and_not_on_what_is_written() {
    let ended = subscription("free").cancel(When::PeriodEnd, NOON).unwrap();
    let store = Arc::default();
    let answer = manage(&store, &ended).resume(&act_at(first_end()), nth(60), nth(90)).await;
    assert!(matches!(answer, Err(Error::IllegalState(Status::Expired))));
    assert_eq!(store.all(), []);
}

#[tokio::test]
async fn what_is_stale_is_decided_again() {
    let store = Arc::new(Units::failing([CommitError::Stale]));
    manage(&store, &subscription("free")).cancel(&act_at(NOON), nth(60), nth(90), When::Now).await.unwrap();
    assert_eq!(store.all().len(), 2);
}
