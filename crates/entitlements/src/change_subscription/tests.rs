use std::sync::Arc;

use kernel::testing::{NOON, Units, nth};

use super::*;
use crate::Change;
use crate::manage_subscription::tests::{act_at, announced, first_end, manage, manage_with};
use crate::model::Status;
use crate::testing::subscription;

fn to(plan: &str, when: Option<When>) -> SubscriptionPatch {
    SubscriptionPatch { plan: Some(plan.into()), when, external_reference: None }
}

fn refer(reference: Option<&str>) -> SubscriptionPatch {
    SubscriptionPatch { external_reference: Some(reference.map(str::to_owned)), ..SubscriptionPatch::default() }
}

async fn change(
    store: &Arc<Units<Change>>,
    written: &Subscription,
    patch: &SubscriptionPatch,
) -> Result<SubscriptionView, Error> {
    manage(store, written).change(&act_at(NOON), nth(60), nth(90), patch).await
}

#[tokio::test]
async fn a_plan_is_taken_now_unless_said_otherwise() {
    let store = Arc::default();
    let view = change(&store, &subscription("free"), &to("premium", None)).await.unwrap();
    assert_eq!((view.plan.as_str(), view.next_plan), ("premium", None));
    assert_eq!(announced(&store), [("entitlement.changed", "plan_changed".into())]);
    assert_eq!(store.only().evidence.events[0].data["plan_before"], "free");
}

#[tokio::test]
async fn a_plan_is_chosen_for_the_next_period_and_that_is_taken_back() {
    let (store, later) = (Arc::default(), Some(When::PeriodEnd));
    let view = change(&store, &subscription("free"), &to("premium", later)).await.unwrap();
    assert_eq!((view.plan.as_str(), view.next_plan.as_deref()), ("free", Some("premium")));
    assert_eq!(announced(&store), [("entitlement.changed", "plan_scheduled".into())]);
    let chosen = Subscription { next_plan: Some("premium".into()), ..subscription("free") };
    for when in [When::PeriodEnd, When::Now] {
        let store = Arc::default();
        assert_eq!(change(&store, &chosen, &to("free", Some(when))).await.unwrap().next_plan, None);
        assert_eq!(announced(&store), [("entitlement.changed", "plan_unscheduled".into())]);
    }
}

#[tokio::test]
async fn the_same_plan_now_is_its_newest_version() {
    let store = Arc::default();
    let newer = manage_with(&store, &subscription("free"), |service| service.plans[0].version = 2);
    let view = newer.change(&act_at(NOON), nth(60), nth(90), &to("free", None)).await.unwrap();
    assert_eq!((view.plan.as_str(), view.plan_version), ("free", 2));
    assert_eq!(announced(&store), [("entitlement.changed", "plan_changed".into())]);
}

#[tokio::test]
async fn where_nothing_is_another_nothing_is_written() {
    let known = Subscription { external_reference: Some("b-1".into()), ..subscription("free") };
    for patch in [SubscriptionPatch::default(), to("free", None), to("free", Some(When::PeriodEnd)), refer(Some("b-1"))]
    {
        let store = Arc::default();
        assert_eq!(change(&store, &known, &patch).await.unwrap().plan, "free");
        assert_eq!(store.all(), [], "{patch:?}");
    }
}

#[tokio::test]
async fn a_reference_is_set_and_removed_beside_a_plan_or_alone() {
    let store = Arc::default();
    let view = change(&store, &subscription("free"), &refer(Some("b-1"))).await.unwrap();
    assert_eq!(view.external_reference.as_deref(), Some("b-1"));
    assert_eq!(announced(&store), [("entitlement.changed", "reference_changed".into())]);
    let known = Subscription { external_reference: Some("b-1".into()), ..subscription("free") };
    let store = Arc::default();
    let both = SubscriptionPatch { external_reference: Some(None), ..to("standard", None) };
    assert_eq!(change(&store, &known, &both).await.unwrap().external_reference, None);
    let changes: Vec<_> = announced(&store).into_iter().map(|(_, change)| change).collect();
    assert_eq!(changes, ["plan_changed", "reference_changed"]);
    assert_eq!(store.only().evidence.audit.len(), 1);
}

#[tokio::test]
async fn what_breaks_a_rule_is_named() {
    let cases = [
        (SubscriptionPatch { when: Some(When::Now), ..SubscriptionPatch::default() }, "when"),
        (to("gold", None), "plan"),
        (refer(Some("")), "external_reference"),
        (refer(Some("a\nb")), "external_reference"),
        (refer(Some(&"r".repeat(256))), "external_reference"),
    ];
    for (patch, field) in cases {
        let store = Arc::default();
        let Err(Error::Invalid(problems)) = change(&store, &subscription("free"), &patch).await else {
            panic!("{field}")
        };
        assert_eq!(problems.iter().map(|(field, _)| field).collect::<Vec<_>>(), [field]);
        assert_eq!(store.all(), []);
    }
}

#[tokio::test]
async fn nobody_moves_to_what_is_retired_and_who_has_it_keeps_it() {
    let store = Arc::default();
    let act = act_at(NOON);
    let retire = |plan: &'static str| {
        let written = Subscription { next_plan: Some("premium".into()), ..subscription(plan) };
        manage_with(&store, &written, |service| service.plans[0].retired_at = Some(NOON))
    };
    let refused = retire("standard").change(&act, nth(60), nth(90), &to("free", None)).await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
    let closed = manage_with(&store, &subscription("free"), |service| service.retired_at = Some(NOON));
    assert!(matches!(closed.change(&act, nth(60), nth(90), &to("premium", None)).await, Err(Error::Invalid(_))));
    assert_eq!(store.all(), []);
    let kept = retire("free").change(&act, nth(60), nth(90), &to("free", Some(When::PeriodEnd))).await.unwrap();
    assert_eq!((kept.plan.as_str(), kept.next_plan), ("free", None));
}

#[tokio::test]
async fn a_cancelled_one_keeps_its_plan_until_it_ends() {
    let store = Arc::default();
    let cancelled = subscription("free").cancel(When::PeriodEnd, NOON).unwrap();
    let answer = change(&store, &cancelled, &to("premium", None)).await;
    assert!(matches!(answer, Err(Error::IllegalState(Status::Cancelled))));
    let expired = manage(&store, &cancelled).change(&act_at(first_end()), nth(60), nth(90), &refer(None)).await;
    assert!(matches!(expired, Err(Error::IllegalState(Status::Expired))));
    assert_eq!(store.all(), []);
}
