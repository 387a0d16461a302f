use std::collections::HashMap;

use chrono::TimeDelta;
use kernel::testing::{NOON, act, nth};
use kernel::{Actor, Outcome, Scope};
use serde_json::json;

use super::*;
use crate::Period;
use crate::metering::ServiceFacts;
use crate::model::{Blocks, FeatureKind, QuotaGrant, Subscription, SuspensionReason};
use crate::testing::{row, service_facts, sms_gateway};

fn key() -> MeterKey {
    MeterKey { organization: nth(60), service: sms_gateway().code, meter: "messages".into() }
}

fn at(days: i64) -> Time {
    NOON + TimeDelta::days(days)
}

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

/// Known of a meter with this quota, of which nothing was used.
fn facts(quota: Quota) -> MeterFacts {
    let mut facts: ServiceFacts = service_facts("free");
    for plan in [&mut facts.terms.plan, &mut facts.terms.upcoming] {
        plan.features[0].kind = FeatureKind::Meter(quota);
    }
    facts.meter("messages")
}

const MONTHLY: Quota = Quota { limit: 100, period: Period::Month, limit_kind: LimitKind::Hard, rollover: 0 };

fn grant(n: u64, amount: i64, priority: i16, expires_at: Option<Time>) -> GrantState {
    let MeterKey { organization, service, meter } = key();
    let (id, created_at) = (nth(n), NOON);
    let grant = QuotaGrant { id, organization, service, meter, amount, priority, expires_at, created_at, version: 1 };
    GrantState { grant, used: 0 }
}

fn order(deed: Deed, at: Time) -> Order {
    Order { act: Act { at, ..act() }, meter: key(), deed }
}

fn consume(quantity: i64, key: &str, at: Time) -> Order {
    order(Deed::Consume { quantity, key: TokenHash::of(key), happened_at: None }, at)
}

fn correct(quantity: i64, key: &str, at: Time) -> Order {
    order(Deed::Correct { quantity, key: TokenHash::of(key), reason: "wrong".into() }, at)
}

fn reserve(id: u64, quantity: i64, seconds: i64, at: Time) -> Order {
    let expires_at = at + TimeDelta::seconds(seconds);
    order(Deed::Reserve { id: nth(id), quantity, expires_at, key: TokenHash::of(&format!("r{id}")) }, at)
}

fn confirm(id: u64, quantity: Option<i64>, at: Time) -> Order {
    order(Deed::Confirm { reservation: nth(id), quantity }, at)
}

fn release(id: u64, at: Time) -> Order {
    order(Deed::Release { reservation: nth(id) }, at)
}

/// What is known after all of it was written.
fn after(mut facts: MeterFacts, written: &Written) -> MeterFacts {
    facts.state = Some(MeterState { version: written.state.version + 1, ..written.state.clone() });
    for (id, used) in &written.grants {
        facts.grants.iter_mut().find(|it| it.grant.id == *id).unwrap().used = *used;
    }
    facts.reservations.retain(|it| written.closed.iter().all(|closed| closed.id != it.id));
    facts.reservations.extend(written.reserved.iter().chain(&written.closed).cloned());
    let of = |it: &Counted| Remembered { key: it.key, quantity: it.quantity, balance: it.balance };
    facts.remembered.extend(written.counted.iter().map(of));
    facts
}

/// Deals with them one flush each, as if another node did each.
fn deal(facts: &mut MeterFacts, orders: &[Order]) -> Vec<Answer> {
    orders
        .iter()
        .map(|order| {
            let mut meter = Meter::open(key(), facts.clone());
            let answer = meter.deal(order);
            if let Some(written) = meter.close() {
                *facts = after(facts.clone(), &written);
            }
            answer
        })
        .collect()
}

fn balance(used: i64, remaining: i64, limit: i64) -> Balance {
    Balance { used, remaining, limit, resets_at: Some(time("2026-02-15T12:00:00Z")) }
}

#[test]
fn a_hard_quota_is_used_to_its_end_and_not_passed() {
    let mut meter = Meter::open(key(), facts(MONTHLY));
    let orders = [(60, "a"), (41, "b"), (40, "c"), (1, "d")].map(|(quantity, key)| consume(quantity, key, NOON));
    let answers: Vec<Answer> = orders.iter().map(|it| meter.deal(it)).collect();
    let expected = [
        Answer::Accepted(balance(60, 40, 100)),
        Answer::Exceeded(balance(60, 40, 100)),
        Answer::Accepted(balance(100, 0, 100)),
        Answer::Exceeded(balance(100, 0, 100)),
    ];
    assert_eq!(answers, expected);
    let written = meter.close().unwrap();
    assert_eq!(written.state, MeterState { row: MeterRow { announced: 100, ..row(100) }, resting: vec![], version: 0 });
    let counted: Vec<_> = written.counted.iter().map(|it| (it.key, it.quantity, it.balance.used)).collect();
    assert_eq!(counted, [(TokenHash::of("a"), 60, 60), (TokenHash::of("c"), 40, 100)]);
    assert_eq!(written.hours, [Hour { start: NOON, used: 100, times: 2 }]);
}

#[test]
fn a_soft_quota_is_passed() {
    let mut known = facts(Quota { limit_kind: LimitKind::Soft, ..MONTHLY });
    let answers = deal(&mut known, &[consume(250, "a", NOON), consume(1, "b", NOON)]);
    assert_eq!(answers, [Answer::Accepted(balance(250, 0, 100)), Answer::Accepted(balance(251, 0, 100))]);
}

#[test]
fn a_key_counts_once_and_is_answered_as_it_was_then() {
    let mut known = facts(MONTHLY);
    let orders = [consume(3, "k", NOON), consume(5, "l", NOON), consume(3, "k", at(20)), consume(4, "k", at(20))];
    let first = Answer::Accepted(balance(3, 97, 100));
    let expected =
        [first, Answer::Accepted(balance(8, 92, 100)), Answer::Repeated(balance(3, 97, 100)), Answer::KeyReused];
    assert_eq!(deal(&mut known, &orders), expected);
    let mut together = Meter::open(key(), facts(MONTHLY));
    assert_eq!(orders.map(|it| together.deal(&it)), expected, "together they are dealt with as one by one");
    assert_eq!(together.close().unwrap().counted.len(), 2);
    let next = deal(&mut known, &[consume(3, "k", at(31))]);
    assert!(
        matches!(next[..], [Answer::Accepted(Balance { used: 3, .. })]),
        "the next window knows it no more: {next:?}"
    );
}

#[test]
fn only_acceptances_are_remembered() {
    let mut known = facts(MONTHLY);
    let answers = deal(&mut known, &[consume(101, "k", NOON), consume(100, "k", NOON)]);
    assert_eq!(answers, [Answer::Exceeded(balance(0, 100, 100)), Answer::Accepted(balance(100, 0, 100))]);
}

#[test]
fn who_is_not_entitled_consumes_nothing_but_is_answered_what_counted_before() {
    let mut known = facts(MONTHLY);
    deal(&mut known, &[consume(3, "k", NOON)]);
    let mut stop = |blocks| {
        let terms = known.terms.as_mut().unwrap();
        terms.subscription = Subscription { suspension: None, ..terms.subscription.clone() }
            .suspend(SuspensionReason::Abuse, blocks, NOON)
            .unwrap();
        let mut meter = Meter::open(key(), known.clone());
        [consume(3, "k", NOON), consume(1, "l", NOON)].map(|it| meter.deal(&it))
    };
    assert_eq!(stop(Blocks::Use), [Answer::Repeated(balance(3, 97, 100)), Answer::NotEntitled]);
    assert_eq!(stop(Blocks::Change)[1], Answer::Accepted(balance(4, 96, 100)));
    let mut nobody = Meter::open(key(), MeterFacts::default());
    assert_eq!(nobody.deal(&consume(1, "k", NOON)), Answer::NotEntitled);
    assert_eq!(nobody.close(), None);
    let other = MeterKey { meter: "faxes".into(), ..key() };
    assert_eq!(Meter::open(other, facts(MONTHLY)).deal(&consume(1, "k", NOON)), Answer::NoSuchMeter);
}

#[test]
fn grants_come_after_the_quota_by_priority_then_by_expiry() {
    let mut known = facts(MONTHLY);
    known.grants =
        vec![grant(1, 10, 5, None), grant(2, 10, 5, Some(at(9))), grant(3, 10, 1, None), grant(4, 10, 9, None)];
    let answers = deal(&mut known, &[consume(90, "a", NOON), consume(25, "b", NOON)]);
    assert_eq!(answers, [Answer::Accepted(balance(90, 50, 140)), Answer::Accepted(balance(115, 25, 140))]);
    let used = |known: &MeterFacts| known.grants.iter().map(|it| it.used).collect::<Vec<_>>();
    assert_eq!(used(&known), [0, 5, 10, 0], "the third has priority, the second expires");
    let late = deal(&mut known, &[consume(26, "c", at(10)), consume(20, "d", at(10)), consume(1, "e", at(10))]);
    let over = |used, remaining| balance(used, remaining, 135);
    assert_eq!(
        late,
        [Answer::Exceeded(over(115, 20)), Answer::Accepted(over(135, 0)), Answer::Exceeded(over(135, 0))],
        "what is left of one that expired is gone"
    );
    assert_eq!(used(&known), [10, 5, 10, 10]);
}

#[test]
fn a_correction_gives_back_what_came_last() {
    let mut known = facts(MONTHLY);
    known.grants = vec![grant(1, 10, 1, None), grant(2, 10, 2, None)];
    deal(&mut known, &[consume(115, "a", NOON)]);
    let answers = deal(&mut known, &[correct(8, "c", NOON), correct(8, "c", NOON), correct(9, "c", NOON)]);
    let given = balance(107, 13, 120);
    assert_eq!(answers, [Answer::Accepted(given), Answer::Repeated(given), Answer::KeyReused]);
    assert_eq!(known.grants.iter().map(|it| it.used).collect::<Vec<_>>(), [7, 0]);
    assert_eq!(deal(&mut known, &[correct(108, "d", NOON)]), [Answer::BelowZero(given)]);
    assert_eq!(deal(&mut known, &[correct(107, "d", NOON)]), [Answer::Accepted(balance(0, 120, 120))]);
    let mut soft = facts(Quota { limit_kind: LimitKind::Soft, ..MONTHLY });
    soft.grants = vec![grant(1, 10, 1, None)];
    deal(&mut soft, &[consume(150, "a", NOON), correct(40, "c", NOON)]);
    assert_eq!(soft.grants[0].used, 10, "what passed the quota goes before what was granted");
}

#[test]
fn what_is_reserved_is_nobody_elses() {
    let mut known = facts(MONTHLY);
    let answers = deal(
        &mut known,
        &[
            reserve(1, 70, 60, NOON),
            consume(31, "a", NOON),
            consume(30, "b", NOON),
            confirm(1, Some(71), NOON),
            confirm(1, Some(20), NOON),
            confirm(1, Some(20), NOON),
            confirm(1, Some(21), NOON),
            release(1, NOON),
        ],
    );
    let Answer::Reserved(reservation) = &answers[0] else { panic!("{answers:?}") };
    assert_eq!((reservation.quantity, reservation.balance), (70, balance(0, 30, 100)));
    assert_eq!(
        answers[1..],
        [
            Answer::Exceeded(balance(0, 30, 100)),
            Answer::Accepted(balance(30, 0, 100)),
            Answer::Exceeded(balance(30, 0, 100)),
            Answer::Accepted(balance(50, 50, 100)),
            Answer::Repeated(balance(50, 50, 100)),
            Answer::Closed(ReservationStatus::Confirmed),
            Answer::Closed(ReservationStatus::Confirmed),
        ]
    );
}

#[test]
fn a_reservation_is_let_go_of_or_expires() {
    let mut known = facts(MONTHLY);
    let later = NOON + TimeDelta::seconds(60);
    let answers = deal(
        &mut known,
        &[
            reserve(1, 100, 60, NOON),
            release(1, NOON),
            release(1, NOON),
            confirm(1, None, NOON),
            reserve(2, 100, 60, NOON),
            consume(100, "a", later - TimeDelta::microseconds(1)),
            consume(100, "a", later),
            confirm(2, None, later),
            release(2, later),
            release(3, later),
        ],
    );
    assert!(matches!(&answers[..2], [Answer::Reserved(_), Answer::Released]), "{answers:?}");
    assert!(matches!(&answers[2..4], [Answer::Released, Answer::Closed(ReservationStatus::Released)]), "{answers:?}");
    assert!(matches!(&answers[4..7], [Answer::Reserved(_), Answer::Exceeded(_), Answer::Accepted(_)]), "{answers:?}");
    let expired = Answer::Closed(ReservationStatus::Expired);
    assert_eq!(answers[7..], [expired.clone(), expired, Answer::NotFound]);
}

#[test]
fn more_than_was_reserved_is_only_for_who_may_use_it_now() {
    let mut known = facts(MONTHLY);
    deal(&mut known, &[reserve(1, 10, 60, NOON), reserve(2, 10, 60, NOON)]);
    let terms = known.terms.as_mut().unwrap();
    terms.subscription = terms.subscription.suspend(SuspensionReason::Abuse, Blocks::Use, NOON).unwrap();
    let answers = deal(&mut known, &[confirm(1, Some(11), NOON), confirm(1, None, NOON), release(2, NOON)]);
    assert_eq!(answers, [Answer::NotEntitled, Answer::Accepted(balance(10, 80, 100)), Answer::Released]);
}

#[test]
fn a_meter_has_so_many_open_reservations_and_no_more() {
    let mut meter = Meter::open(key(), facts(Quota { limit_kind: LimitKind::Soft, ..MONTHLY }));
    let answers: Vec<Answer> = (0..1_001).map(|n| meter.deal(&reserve(n, 1, 60, NOON))).collect();
    assert!(answers[..1_000].iter().all(|it| matches!(it, Answer::Reserved(_))));
    assert_eq!(answers[1_000], Answer::TooMany);
    assert_eq!(meter.deal(&release(0, NOON)), Answer::Released);
    assert!(matches!(meter.deal(&reserve(1_001, 1, 60, NOON)), Answer::Reserved(_)));
}

#[test]
fn no_key_of_a_callers_is_the_key_of_something_else() {
    let mut known = facts(MONTHLY);
    let reservation: ReservationId = nth(1);
    let usage = ledger_key("usage", &format!("reservation {reservation}"));
    let consumed = order(Deed::Consume { quantity: 1, key: usage, happened_at: None }, NOON);
    let answers = deal(&mut known, &[reserve(1, 10, 60, NOON), consumed, confirm(1, None, NOON)]);
    assert!(matches!(answers[..], [Answer::Reserved(_), Answer::Accepted(_), Answer::Accepted(_)]), "{answers:?}");
    assert_ne!(ledger_key("correction", "k"), ledger_key("usage", "correction k"));
}

#[test]
fn what_is_counted_in_a_window_has_an_end_even_where_the_quota_has_none() {
    let mut known = facts(Quota { limit_kind: LimitKind::Soft, ..MONTHLY });
    let mut state = crate::testing::state(0);
    state.row.used = MOST_USED - 1;
    known.state = Some(state);
    let answers = deal(&mut known, &[consume(2, "a", NOON), consume(1, "b", NOON)]);
    assert!(matches!(answers[..], [Answer::Exceeded(_), Answer::Accepted(_)]), "{answers:?}");
}

#[test]
fn one_key_makes_one_reservation() {
    let mut known = facts(MONTHLY);
    let answers = deal(&mut known, &[reserve(1, 10, 60, NOON), reserve(1, 10, 60, at(1)), reserve(1, 11, 60, NOON)]);
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[2], Answer::KeyReused);
    let mut longer = reserve(1, 10, 61, NOON);
    assert_eq!(deal(&mut known, &[longer.clone()]), [Answer::KeyReused]);
    longer.meter.meter = "faxes".into();
    let mut other = Meter::open(longer.meter.clone(), known);
    assert_eq!(other.deal(&longer), Answer::KeyReused, "of another meter too");
}

#[test]
fn made_and_closed_together_it_is_written_once() {
    let mut meter = Meter::open(key(), facts(MONTHLY));
    for it in [reserve(1, 10, 60, NOON), reserve(2, 10, 60, NOON), confirm(1, None, NOON)] {
        meter.deal(&it);
    }
    let written = meter.close().unwrap();
    assert_eq!(written.reserved.iter().map(|it| it.confirmed).collect::<Vec<_>>(), [Some(10), None]);
    assert_eq!(written.closed, []);
}

#[test]
fn each_threshold_is_announced_once_a_window() {
    let mut known = facts(MONTHLY);
    let mut told = |order: Order| {
        let mut meter = Meter::open(key(), known.clone());
        meter.deal(&order);
        let written = meter.close().unwrap();
        known = after(known.clone(), &written);
        written.evidence.events.iter().map(|it| it.data["percent"].as_i64().unwrap()).collect::<Vec<i64>>()
    };
    assert_eq!(told(consume(79, "a", NOON)), [0i64; 0]);
    assert_eq!(told(consume(1, "b", NOON)), [80]);
    assert_eq!(told(correct(10, "c", NOON)), [0i64; 0]);
    assert_eq!(told(consume(10, "d", NOON)), [0i64; 0], "it was told in this window");
    assert_eq!(told(consume(20, "e", NOON)), [100]);
    assert_eq!(told(consume(100, "f", at(31))), [80, 100], "and in the next again");
}

#[test]
fn an_event_says_where_it_stands() {
    let mut meter = Meter::open(key(), facts(MONTHLY));
    meter.deal(&consume(80, "a", NOON));
    let event = meter.close().unwrap().evidence.events.remove(0);
    assert_eq!((event.kind, event.scope), ("entitlement.threshold_reached", Scope::Organization(nth(60))));
    let expected = json!({"service": "SMS_GATEWAY", "meter": "messages", "percent": 80, "used": 80, "limit": 100});
    assert_eq!(event.data, expected);
}

#[test]
fn what_goes_together_leaves_one_entry_by_whoever_did_all_of_it() {
    let by = |user: u64, key: &str| {
        let mut order = consume(2, key, NOON);
        order.act = order.act.by(Actor::User { id: nth(user), session: nth(9) });
        order
    };
    let entry = |orders: &[Order]| {
        let mut meter = Meter::open(key(), facts(MONTHLY));
        for it in orders {
            meter.deal(it);
        }
        let mut audit = meter.close().unwrap().evidence.audit;
        assert_eq!(audit.len(), 1);
        let entry = audit.remove(0);
        assert_eq!((entry.action, entry.outcome), ("entitlement.consumed", Outcome::Done));
        assert_eq!((entry.target.kind, entry.target.id.as_str()), ("meter", "SMS_GATEWAY/messages"));
        assert_eq!(entry.organization, Some(nth(60)));
        let told: HashMap<_, _> = entry.public.into_iter().map(|it| (it.key.into_owned(), it.after)).collect();
        (entry.actor, told["quantity"].clone(), told["times"].clone())
    };
    let ada = Actor::User { id: nth(1), session: nth(9) };
    assert_eq!(entry(&[by(1, "a"), by(1, "b"), by(1, "a")]), (ada, json!(4), json!(2)));
    assert_eq!(entry(&[by(1, "a"), by(2, "b")]), (Actor::System, json!(4), json!(2)));
}

#[test]
fn what_happened_earlier_counts_in_the_history_then_and_in_the_quota_now() {
    let mut meter = Meter::open(key(), facts(MONTHLY));
    let earlier = NOON - TimeDelta::minutes(90);
    let mut late = consume(5, "a", NOON);
    late.deed = Deed::Consume { quantity: 5, key: TokenHash::of("a"), happened_at: Some(earlier) };
    assert_eq!(meter.deal(&late), Answer::Accepted(balance(5, 95, 100)));
    let written = meter.close().unwrap();
    assert_eq!(written.hours, [Hour { start: time("2026-01-15T10:00:00Z"), used: 5, times: 1 }]);
    assert_eq!(written.counted[0].at, NOON);
}

mod properties;
mod windows;
