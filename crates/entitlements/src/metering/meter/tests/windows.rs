use super::*;

#[test]
fn what_arrives_late_counts_in_the_window_that_is_running() {
    let mut known = facts(MONTHLY);
    let before = at(31) - TimeDelta::microseconds(1);
    let answers = deal(&mut known, &[consume(7, "a", at(31)), consume(1, "b", before)]);
    assert!(matches!(answers[1], Answer::Accepted(Balance { used: 8, .. })), "{answers:?}");
}

#[test]
fn the_plans_change_counts_at_once_and_takes_nothing_back() {
    let mut known = facts(MONTHLY);
    deal(&mut known, &[consume(90, "a", NOON)]);
    let with = |known: &MeterFacts, limit| {
        let mut known = known.clone();
        let terms = known.terms.as_mut().unwrap();
        terms.plan.features[0].kind = FeatureKind::Meter(Quota { limit, ..MONTHLY });
        known
    };
    let balance_of = |known| Meter::open(key(), known).balance(NOON).unwrap();
    assert_eq!(balance_of(with(&known, 150)), balance(90, 60, 150));
    assert_eq!(balance_of(with(&known, 50)), balance(90, 0, 50));
    let refused = deal(&mut with(&known, 50), &[consume(1, "b", NOON)]);
    assert_eq!(refused, [Answer::Exceeded(balance(90, 0, 50))]);
}

#[test]
fn another_kind_of_period_counts_for_itself_and_what_was_counted_before_comes_back() {
    let mut known = facts(MONTHLY);
    deal(&mut known, &[consume(90, "a", NOON)]);
    let daily = Quota { limit: 10, period: Period::Day, ..MONTHLY };
    let mut under = |quota, orders: &[Order]| {
        let terms = known.terms.as_mut().unwrap();
        terms.plan.features[0].kind = FeatureKind::Meter(quota);
        deal(&mut known, orders)
    };
    let told = |answers: Vec<Answer>| match answers[..] {
        [Answer::Accepted(it)] => (it.used, it.remaining),
        _ => panic!("{answers:?}"),
    };
    assert_eq!(told(under(daily, &[consume(4, "b", NOON)])), (4, 6));
    assert_eq!(told(under(daily, &[consume(4, "c", at(1))])), (4, 6));
    assert_eq!(told(under(MONTHLY, &[consume(4, "d", at(1))])), (94, 6), "no new quota by changing to and fro");
    assert_eq!(told(under(daily, &[consume(4, "e", at(1))])), (8, 2));
}

#[test]
fn what_is_left_is_carried_over_as_far_as_the_plan_says() {
    let quota = Quota { rollover: 130, ..MONTHLY };
    let limits = |used: i64| {
        let mut known = facts(quota);
        known.grants = vec![grant(1, 1, 1, None)];
        if used > 0 {
            deal(&mut known, &[consume(used, "a", NOON)]);
        }
        [31, 60, 91].map(|days| Meter::open(key(), known.clone()).balance(at(days)).unwrap().limit - 101)
    };
    assert_eq!(limits(0), [100, 100, 100], "also where nothing was ever used");
    assert_eq!(limits(30), [70, 100, 100]);
    assert_eq!(limits(100), [0, 100, 100]);
    let mut known = facts(quota);
    deal(&mut known, &[consume(30, "a", NOON), consume(1, "b", at(31)), consume(1, "c", at(60))]);
    let carried = |known: &MeterFacts, days| Meter::open(key(), known.clone()).balance(at(days)).unwrap().limit - 100;
    assert_eq!(carried(&known, 60), 130, "70 and 99 are left");
    deal(&mut known, &[consume(228, "d", at(60))]);
    assert_eq!(carried(&known, 91), 1, "what was carried is used too");
}

#[test]
fn grants_outlive_windows() {
    let mut known = facts(MONTHLY);
    known.grants = vec![grant(1, 50, 100, None)];
    deal(&mut known, &[consume(120, "a", NOON)]);
    let next = Meter::open(key(), known).balance(at(31)).unwrap();
    assert_eq!((next.used, next.remaining, next.limit), (0, 130, 130));
}

#[test]
fn what_was_carried_over_ends_with_the_plan_that_carries_it() {
    let generous = Quota { limit: 1_000, rollover: 900, ..MONTHLY };
    let mut known = facts(generous);
    deal(&mut known, &[consume(100, "a", NOON), consume(1, "b", at(31))]);
    let limit = |known: &MeterFacts, quota, days| {
        let mut known = known.clone();
        let terms = known.terms.as_mut().unwrap();
        terms.plan.features[0].kind = FeatureKind::Meter(quota);
        Meter::open(key(), known).balance(at(days)).unwrap().limit
    };
    assert_eq!((limit(&known, generous, 31), limit(&known, MONTHLY, 31)), (1_900, 100));
    let modest = Quota { rollover: 900, ..MONTHLY };
    assert_eq!(limit(&known, modest, 60), 100 + 900, "by the smaller quota: 100 and 900 carried, less 1");
    let before = facts(modest);
    assert_eq!(limit(&before, generous, 31), 1_900, "the window before was not used");
}

#[test]
fn what_was_accepted_before_the_period_changed_is_written_whatever_comes_after() {
    let mut known = facts(Quota { period: Period::Day, ..MONTHLY });
    let terms = known.terms.as_mut().unwrap();
    terms.upcoming.version = 2;
    terms.upcoming.features[0].kind = FeatureKind::Meter(Quota { limit: 1, ..MONTHLY });
    let renewal = time("2026-02-15T12:00:00Z");
    let mut meter = Meter::open(key(), known.clone());
    let before = meter.deal(&consume(5, "a", renewal - TimeDelta::microseconds(1)));
    assert!(matches!(before, Answer::Accepted(Balance { used: 5, .. })), "{before:?}");
    assert!(matches!(meter.deal(&consume(5, "b", renewal)), Answer::Exceeded(_)));
    let written = meter.close().unwrap();
    assert_eq!((written.counted.len(), written.state.row.used, written.state.row.period), (1, 5, Period::Day));
    let mut known = after(known, &written);
    deal(&mut known, &[consume(1, "c", renewal)]);
    let state = known.state.unwrap();
    assert_eq!((state.row.period, state.row.used), (Period::Month, 1));
    assert_eq!(state.resting.iter().map(|it| (it.period, it.used)).collect::<Vec<_>>(), [(Period::Day, 5)]);
}
