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
    assert_eq!(limits(0), [100, 130, 130], "also where nothing was ever used");
    assert_eq!(limits(30), [70, 130, 130]);
    assert_eq!(limits(100), [0, 100, 130]);
    let mut known = facts(quota);
    deal(&mut known, &[consume(30, "a", NOON), consume(150, "b", at(31))]);
    assert_eq!(Meter::open(key(), known).balance(at(60)).unwrap().limit, 120, "what was carried is used too");
}

#[test]
fn grants_outlive_windows() {
    let mut known = facts(MONTHLY);
    known.grants = vec![grant(1, 50, 100, None)];
    deal(&mut known, &[consume(120, "a", NOON)]);
    let next = Meter::open(key(), known).balance(at(31)).unwrap();
    assert_eq!((next.used, next.remaining, next.limit), (0, 130, 130));
}
