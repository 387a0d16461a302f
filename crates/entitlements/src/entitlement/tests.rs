use chrono::TimeDelta;
use kernel::testing::{NOON, nth};

use super::*;
use crate::model::{Blocks, QuotaGrant, Subscription, SuspensionReason};
use crate::testing::{service_facts, state, subscription};

fn at(days: i64) -> Time {
    NOON + TimeDelta::days(days)
}

fn quota(limit: i64, period: Period) -> FeatureKind {
    FeatureKind::Meter(Quota { limit, period, limit_kind: LimitKind::Hard, rollover: 0 })
}

/// Subscribed to a plan whose meters stand among other features.
fn facts() -> ServiceFacts {
    let mut facts = service_facts("free");
    let feature = |key: &str, kind| Feature { key: key.into(), kind };
    facts.terms.plan.features = vec![
        feature("sso", FeatureKind::Boolean { value: true }),
        feature("messages", quota(100, Period::Month)),
        feature("region", FeatureKind::Value { value: "eu".into() }),
        feature("calls", quota(5, Period::Lifetime)),
    ];
    facts.terms.upcoming = facts.terms.plan.clone();
    facts.meters.push(("messages".to_owned(), state(42)));
    facts
}

#[test]
fn every_feature_stands_as_it_is() {
    let entitlement = Entitlement::of(facts(), NOON);
    assert_eq!((entitlement.plan.as_deref(), entitlement.status), (Some("free"), Some(Status::Active)));
    let meter = |used, limit, period, resets_at| FeatureValue::Meter {
        balance: Balance { used, remaining: limit - used, limit, resets_at },
        period,
        limit_kind: LimitKind::Hard,
        reserved: 0,
        grants: vec![],
    };
    let turn = "2026-02-15T12:00:00Z".parse().ok();
    assert_eq!(entitlement.period_end, turn);
    let values: Vec<_> = entitlement.features.into_iter().map(|it| (it.key, it.value)).collect();
    assert_eq!(
        values,
        [
            ("sso".to_owned(), FeatureValue::Boolean(true)),
            ("messages".to_owned(), meter(42, 100, Period::Month, turn)),
            ("region".to_owned(), FeatureValue::Value("eu".into())),
            ("calls".to_owned(), meter(0, 5, Period::Lifetime, None)),
        ]
    );
}

#[test]
fn what_is_reserved_and_granted_is_told_while_it_is_good() {
    let mut facts = facts();
    let (organization, service) = (nth(60), facts.terms.subscription.service.clone());
    let grant = |n: u64, priority, expires_at| GrantState {
        grant: QuotaGrant {
            id: nth(n),
            organization,
            service: service.clone(),
            meter: "messages".into(),
            amount: 10,
            priority,
            expires_at,
            created_at: NOON,
            version: 1,
        },
        used: 0,
    };
    facts.grants = vec![grant(1, 5, None), grant(2, 1, None), grant(3, 0, Some(NOON))];
    let reservation = |n: u64, expires_at| Reservation {
        id: nth(n),
        organization,
        service: service.clone(),
        meter: "messages".into(),
        key: kernel::TokenHash::of(&n.to_string()),
        quantity: 7,
        created_at: NOON,
        expires_at,
        closed_at: None,
        confirmed: None,
        balance: Balance::default(),
    };
    facts.reservations = vec![reservation(1, at(1)), reservation(2, NOON)];
    let entitlement = Entitlement::of(facts, NOON);
    let Some(FeatureValue::Meter { balance, reserved, grants, .. }) = entitlement.feature("messages") else {
        panic!("no meter")
    };
    assert_eq!((balance.used, balance.remaining, balance.limit, *reserved), (42, 58 + 20 - 7, 120, 7));
    assert_eq!(grants.iter().map(|it| it.grant.id).collect::<Vec<_>>(), [nth(2), nth(1)], "in the order they are used");
}

#[test]
fn it_says_whether_the_service_may_be_used() {
    let of = |subscription: Subscription| {
        let mut facts = facts();
        facts.terms.subscription = subscription;
        let it = Entitlement::of(facts, NOON);
        (it.status, it.entitled)
    };
    let stopped = |blocks| subscription("free").suspend(SuspensionReason::Payment, blocks, NOON).unwrap();
    assert_eq!(of(subscription("free")), (Some(Status::Active), true));
    assert_eq!(of(stopped(Blocks::Use)), (Some(Status::Suspended), false));
    assert_eq!(of(stopped(Blocks::Change)), (Some(Status::Suspended), true));
    let none = Entitlement::none(subscription("free").service);
    assert_eq!((none.plan, none.status, none.entitled, none.features), (None, None, false, vec![]));
}

#[test]
fn a_check_says_what_says_no() {
    use crate::Refusal;
    let entitlement = Entitlement::of(facts(), NOON);
    let check = |feature: &str, quantity| entitlement.check(feature, quantity).refusal;
    assert_eq!((check("messages", 58), check("messages", 59)), (None, Some(Refusal::QuotaExceeded)));
    assert_eq!((check("sso", 1), check("region", 1)), (None, None));
    assert_eq!(check("faxes", 1), Some(Refusal::NoSuchFeature));
    let mut off = entitlement.clone();
    off.features[0].value = FeatureValue::Boolean(false);
    assert_eq!(off.check("sso", 1).refusal, Some(Refusal::NoSuchFeature));
    let over = Entitlement { entitled: false, ..entitlement.clone() };
    assert_eq!(over.check("messages", 1).refusal, Some(Refusal::NotEntitled));
    assert_eq!((over.allows_use().allowed(), entitlement.allows_use().allowed()), (false, true));
    let mut soft = entitlement;
    let Some(FeatureValue::Meter { limit_kind, .. }) = soft.features.get_mut(1).map(|it| &mut it.value) else {
        panic!("no meter")
    };
    *limit_kind = LimitKind::Soft;
    assert_eq!(soft.check("messages", 1_000).refusal, None);
}
