//! Whatever happens to a meter, in whatever order.

use proptest::prelude::*;

use super::*;

/// What may happen to a meter: quantity, key and seconds after the one before.
#[derive(Clone, Debug)]
enum Step {
    Consume(i64, u8),
    Correct(i64, u8),
    Reserve(i64, u8, i64),
    Confirm(u8, Option<i64>),
    Release(u8),
}

fn step() -> impl Strategy<Value = (Step, i64)> {
    let step = prop_oneof![
        4 => (1..60i64, 0..12u8).prop_map(|(quantity, key)| Step::Consume(quantity, key)),
        1 => (1..40i64, 0..6u8).prop_map(|(quantity, key)| Step::Correct(quantity, key)),
        2 => (1..60i64, 1..9u8, 1..2_000_000i64).prop_map(|(quantity, id, seconds)| Step::Reserve(quantity, id, seconds)),
        2 => (1..9u8, proptest::option::of(1..70i64)).prop_map(|(id, quantity)| Step::Confirm(id, quantity)),
        1 => (1..9u8).prop_map(Step::Release),
    ];
    (step, prop_oneof![3 => 0..600i64, 1 => 0..1_500_000i64])
}

fn orders(steps: Vec<(Step, i64)>) -> Vec<Order> {
    let mut now = NOON;
    steps
        .into_iter()
        .map(|(step, seconds)| {
            now += TimeDelta::seconds(seconds);
            match step {
                Step::Consume(quantity, key) => consume(quantity, &format!("k{key}"), now),
                Step::Correct(quantity, key) => correct(quantity, &format!("c{key}"), now),
                Step::Reserve(quantity, id, expires_in) => reserve(u64::from(id), quantity, expires_in, now),
                Step::Confirm(id, quantity) => confirm(u64::from(id), quantity, now),
                Step::Release(id) => release(u64::from(id), now),
            }
        })
        .collect()
}

fn quota() -> impl Strategy<Value = Quota> {
    let period = prop_oneof![Just(Period::Day), Just(Period::Month), Just(Period::Lifetime)];
    (0..200i64, period, any::<bool>(), prop_oneof![Just(0), 0..150i64]).prop_map(|(limit, period, soft, rollover)| {
        let limit_kind = if soft { LimitKind::Soft } else { LimitKind::Hard };
        Quota { limit, period, limit_kind, rollover }
    })
}

fn grants() -> impl Strategy<Value = Vec<GrantState>> {
    let each = (1..50i64, -2..3i16, proptest::option::of(0..60i64));
    proptest::collection::vec(each, 0..4).prop_map(|each| {
        let grants = (20..).zip(each);
        grants.map(|(n, (amount, priority, days))| grant(n, amount, priority, days.map(at))).collect()
    })
}

proptest! {
    #[test]
    fn nothing_is_oversold_and_nothing_lost(quota in quota(), grants in grants(), steps in proptest::collection::vec(step(), 1..60)) {
        let mut known = facts(quota);
        known.grants = grants;
        let mut accepted: HashMap<(Time, TokenHash), i64> = HashMap::new();
        for order in orders(steps) {
            let now = order.act.at;
            let mut meter = Meter::open(key(), known.clone());
            let before = meter.balance(now).unwrap();
            let answer = meter.deal(&order);
            let written = meter.close();
            if let Some(written) = &written {
                for it in &written.counted {
                    prop_assert!(accepted.insert((it.window_start, it.key), it.quantity).is_none(), "a key counted twice");
                }
                let row = written.state.row;
                let in_window: i64 = accepted.iter().filter(|((start, _), _)| *start == row.window_start).map(|(_, it)| it).sum();
                prop_assert_eq!(row.used, in_window, "the meter says what the ledger says");
                if quota.limit_kind == LimitKind::Hard {
                    prop_assert!(row.used - row.granted <= quota.limit + row.carried, "{:?}", row);
                }
                prop_assert!(row.carried <= quota.rollover);
                known = after(known, written);
            }
            for grant in &known.grants {
                prop_assert!((0..=grant.grant.amount).contains(&grant.used), "{:?}", grant);
            }
            if let (Deed::Consume { quantity, .. }, Answer::Exceeded(balance)) = (&order.deed, &answer) {
                prop_assert_eq!(*balance, before);
                prop_assert!(*quantity > balance.remaining, "refused although it was there");
            }
        }
    }

    #[test]
    fn together_is_as_one_by_one(quota in quota(), grants in grants(), steps in proptest::collection::vec(step(), 1..40)) {
        let mut orders = orders(steps);
        // One transaction sees one moment of what is stored: keep it within a window.
        for it in &mut orders {
            it.act.at = NOON;
        }
        let mut one_by_one = facts(quota);
        one_by_one.grants = grants;
        let mut meter = Meter::open(key(), one_by_one.clone());
        let together: Vec<Answer> = orders.iter().map(|it| meter.deal(it)).collect();
        let written = meter.close();
        prop_assert_eq!(&together, &deal(&mut one_by_one, &orders));
        if let Some(written) = written {
            let state = one_by_one.state.unwrap();
            prop_assert_eq!(MeterState { version: state.version, ..written.state }, state);
        }
    }

    #[test]
    fn what_is_left_is_accepted_and_no_more(limit in 0..200i64, used in 0..200i64, grants in grants()) {
        let mut known = facts(Quota { limit, ..MONTHLY });
        known.grants = grants;
        deal(&mut known, &[consume(used.min(limit).max(1), "a", NOON)]);
        let remaining = Meter::open(key(), known.clone()).balance(NOON).unwrap().remaining;
        let beyond = deal(&mut known.clone(), &[consume(remaining + 1, "b", NOON)]);
        prop_assert!(matches!(beyond[..], [Answer::Exceeded(_)]), "{:?}", beyond);
        if remaining > 0 {
            let all = deal(&mut known, &[consume(remaining, "b", NOON), consume(1, "c", NOON)]);
            prop_assert!(matches!(all[..], [Answer::Accepted(Balance { remaining: 0, .. }), Answer::Exceeded(_)]), "{:?}", all);
        }
    }
}
