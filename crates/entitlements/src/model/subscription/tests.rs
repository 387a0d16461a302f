use chrono::TimeDelta;
use kernel::testing::NOON;
use proptest::prelude::*;

use super::*;
use crate::testing::{sms_gateway, subscription};

const DAY: TimeDelta = TimeDelta::days(1);

/// When the first month of a subscription that began at noon ends.
fn first_end() -> Time {
    "2026-02-15T12:00:00Z".parse().unwrap()
}

fn stopped(subscription: Subscription, blocks: Blocks) -> Subscription {
    let suspension = Suspension { since: NOON, reason: SuspensionReason::Payment, blocks };
    Subscription { suspension: Some(suspension), ..subscription }
}

/// A subscription in every state, a day after it began; the last two are stopped.
fn in_every_state() -> [(Status, Subscription); 6] {
    let active = subscription("standard");
    let cancelled =
        Subscription { cancelled_at: Some(NOON), ends_at: Some(first_end()), ..active.clone() }.settled(NOON);
    [
        (
            Status::Trialing,
            Subscription { trial_ends_at: Some(NOON + TimeDelta::days(14)), ..active.clone() }.settled(NOON),
        ),
        (Status::Active, active.clone()),
        (Status::Cancelled, cancelled.clone()),
        (
            Status::Expired,
            Subscription { cancelled_at: Some(NOON), ends_at: Some(NOON), settled_until: None, ..active.clone() },
        ),
        (Status::Suspended, stopped(active, Blocks::Use)),
        (Status::Suspended, stopped(cancelled, Blocks::Change)),
    ]
}

/// What can be tried with a subscription, by its name.
type Move = (&'static str, fn(&Subscription, Time) -> Result<Subscription, Error>);

fn premium() -> Plan {
    sms_gateway().plan("premium").cloned().unwrap()
}

const MOVES: [Move; 9] = [
    ("plan now", |it, at| it.change_plan(&premium(), When::Now, at)),
    ("plan later", |it, at| it.change_plan(&premium(), When::PeriodEnd, at)),
    ("cancel now", |it, at| it.cancel(When::Now, at)),
    ("cancel later", |it, at| it.cancel(When::PeriodEnd, at)),
    ("resume", |it, at| it.resume(at)),
    ("refer", |it, at| it.refer(Some("x".into()), at)),
    ("suspend", |it, at| it.suspend(SuspensionReason::Abuse, Blocks::Use, at)),
    ("suspend alike", |it, at| it.suspend(SuspensionReason::Payment, Blocks::Use, at)),
    ("activate", |it, at| it.activate(at)),
];

#[test]
fn every_move_is_legal_or_not_in_every_state() {
    use Status::{Active, Cancelled, Expired, Suspended, Trialing};
    // A row a state, a column a move; nothing where it is illegal.
    let table: [[Option<Status>; 9]; 6] = [
        // plan now, later; cancel now, later; resume, refer; suspend, alike; activate
        [
            Some(Trialing),
            Some(Trialing),
            Some(Expired),
            Some(Cancelled),
            None,
            Some(Trialing),
            Some(Suspended),
            Some(Suspended),
            None,
        ],
        [
            Some(Active),
            Some(Active),
            Some(Expired),
            Some(Cancelled),
            None,
            Some(Active),
            Some(Suspended),
            Some(Suspended),
            None,
        ],
        [None, None, Some(Expired), None, Some(Active), Some(Cancelled), Some(Suspended), Some(Suspended), None],
        [None, None, None, None, None, None, None, None, None],
        [None, None, None, None, None, None, Some(Suspended), None, Some(Active)],
        [None, None, None, None, None, None, Some(Suspended), Some(Suspended), Some(Cancelled)],
    ];
    let at = NOON + DAY;
    for ((state, subscription), row) in in_every_state().into_iter().zip(table) {
        assert_eq!(subscription.status(at), state);
        for ((name, try_it), expected) in MOVES.into_iter().zip(row) {
            match (try_it(&subscription, at), expected) {
                (Ok(next), Some(expected)) => assert_eq!(next.status(at), expected, "{name} of {state:?}"),
                (Err(Error::IllegalState(told)), None) => assert_eq!(told, state, "{name} of {state:?}"),
                (outcome, expected) => panic!("{name} of {state:?}: {outcome:?} and not {expected:?}"),
            }
        }
    }
}

#[test]
fn a_stop_blocks_use_or_changes_alone() {
    let at = NOON + DAY;
    let entitled = in_every_state().map(|(_, it)| it.is_entitled(at));
    assert_eq!(entitled, [true, true, true, false, false, true]);
    let over = stopped(Subscription { ends_at: Some(NOON), ..subscription("free") }, Blocks::Change);
    assert!(!over.is_entitled(at));
}

#[test]
fn a_stop_keeps_its_beginning() {
    let next = stopped(subscription("free"), Blocks::Use)
        .suspend(SuspensionReason::Abuse, Blocks::Change, NOON + DAY)
        .unwrap();
    let expected = Suspension { since: NOON, reason: SuspensionReason::Abuse, blocks: Blocks::Change };
    assert_eq!(next.suspension, Some(expected));
}

#[test]
fn what_ended_while_it_was_stopped_is_let_go_and_stays_ended() {
    let stopped = stopped(in_every_state()[2].1.clone(), Blocks::Use);
    let late = first_end() + DAY;
    assert_eq!(stopped.status(late), Status::Expired);
    let next = stopped.activate(late).unwrap();
    assert_eq!((next.status(late), next.suspension), (Status::Expired, None));
    assert!(next.activate(late).is_err());
}

#[test]
fn a_plan_is_changed_at_once_or_with_the_period() {
    let at = NOON + DAY;
    let old = subscription("standard");
    let later = old.change_plan(&premium(), When::PeriodEnd, at).unwrap();
    assert_eq!((later.plan.as_str(), later.next_plan.as_deref()), ("standard", Some("premium")));
    let standard = sms_gateway().plan("standard").cloned().unwrap();
    assert_eq!(later.change_plan(&standard, When::PeriodEnd, at).unwrap(), old, "what was chosen is taken back");
    assert_eq!(later.change_plan(&standard, When::Now, at).unwrap(), old);
    let newer = Plan { version: 7, ..premium() };
    let now = later.change_plan(&newer, When::Now, at).unwrap();
    assert_eq!((now.plan.as_str(), now.plan_version, now.next_plan, now.anchor), ("premium", 7, None, NOON));
}

#[test]
fn cancelled_it_ends_at_once_or_with_its_period_and_a_trial_no_later_than_it_would() {
    let at = NOON + DAY;
    let ends = |it: &Subscription, when| it.cancel(when, at).unwrap().ends_at;
    let active = Subscription { next_plan: Some("premium".into()), ..subscription("standard") };
    assert_eq!(ends(&active, When::Now), Some(at));
    assert_eq!(ends(&active, When::PeriodEnd), Some(first_end()));
    assert_eq!(active.cancel(When::PeriodEnd, at).unwrap().next_plan, None);
    let trial = |days| Subscription { trial_ends_at: Some(NOON + TimeDelta::days(days)), ..subscription("free") };
    assert_eq!(ends(&trial(14), When::PeriodEnd), Some(NOON + TimeDelta::days(14)));
    assert_eq!(ends(&trial(60), When::PeriodEnd), Some(first_end()));
    let cancelled = active.cancel(When::PeriodEnd, at).unwrap();
    let at_once = cancelled.cancel(When::Now, at + DAY).unwrap();
    assert_eq!((at_once.cancelled_at, at_once.ends_at), (Some(at), Some(at + DAY)));
}

#[test]
fn resumed_it_is_as_before() {
    let at = NOON + DAY;
    let [(_, trial), (_, active), ..] = in_every_state();
    for old in [trial, active] {
        let resumed = old.cancel(When::PeriodEnd, at).unwrap().resume(at + DAY).unwrap();
        assert_eq!(resumed, old);
    }
}

/// Every plan is in version 3 by now.
fn advanced(subscription: &Subscription, at: Time) -> Option<(Subscription, Vec<Alteration>)> {
    subscription.advance(|_| Some(3), at)
}

#[test]
fn until_it_is_due_time_does_nothing() {
    let just_before = first_end() - TimeDelta::microseconds(1);
    assert_eq!(advanced(&subscription("free"), just_before), None);
    let over = in_every_state()[3].1.clone();
    assert_eq!(advanced(&over, NOON + TimeDelta::days(5_000)), None);
}

#[test]
fn with_its_period_it_renews_and_takes_the_newest_version_and_the_plan_that_was_chosen() {
    let (renewed, moves) = advanced(&subscription("free"), first_end()).unwrap();
    assert_eq!((renewed.plan.as_str(), renewed.plan_version, moves), ("free", 3, vec![Alteration::Renewed]));
    assert_eq!(renewed.settled_until, Some("2026-03-15T12:00:00Z".parse().unwrap()));
    let chosen = Subscription { next_plan: Some("premium".into()), ..subscription("free") };
    let (another, moves) = advanced(&chosen, first_end()).unwrap();
    assert_eq!((another.plan.as_str(), another.plan_version, another.next_plan), ("premium", 3, None));
    assert_eq!(moves, [Alteration::PlanChanged { from: "free".into() }, Alteration::Renewed]);
    let unknown = subscription("free").advance(|_| None, first_end()).unwrap().0;
    assert_eq!(unknown.plan_version, 1, "of a plan that nobody knows the version stays");
}

#[test]
fn of_many_periods_that_passed_unseen_one_is_told() {
    let (renewed, moves) = advanced(&subscription("free"), NOON + TimeDelta::days(400)).unwrap();
    assert_eq!(moves, [Alteration::Renewed]);
    assert!(renewed.settled_until > Some(NOON + TimeDelta::days(400)));
}

#[test]
fn a_trial_ends_and_goes_on_as_a_subscription() {
    let days = |days| NOON + TimeDelta::days(days);
    let trial = |end| Subscription { trial_ends_at: Some(end), ..subscription("free") }.settled(NOON);
    let (after, moves) = advanced(&trial(days(14)), days(14)).unwrap();
    assert_eq!((after.status(days(14)), moves), (Status::Active, vec![Alteration::TrialEnded]));
    let (after, moves) = advanced(&trial(first_end()), first_end()).unwrap();
    assert_eq!((after.status(first_end()), moves), (Status::Active, vec![Alteration::TrialEnded, Alteration::Renewed]));
    let (after, moves) = advanced(&trial(days(40)), first_end()).unwrap();
    assert_eq!((after.status(first_end()), moves), (Status::Trialing, vec![Alteration::Renewed]));
}

#[test]
fn what_was_cancelled_expires_and_nothing_happens_to_it_any_more() {
    let at = NOON + DAY;
    let trial = Subscription { trial_ends_at: Some(NOON + TimeDelta::days(14)), ..subscription("free") }.settled(NOON);
    for (cancelled, end) in [
        (subscription("free").cancel(When::PeriodEnd, at).unwrap(), first_end()),
        (subscription("free").cancel(When::Now, at).unwrap(), at),
        (trial.cancel(When::PeriodEnd, at).unwrap(), NOON + TimeDelta::days(14)),
    ] {
        assert_eq!(advanced(&cancelled, end - TimeDelta::microseconds(1)), None);
        let (over, moves) = advanced(&cancelled, end + TimeDelta::days(100)).unwrap();
        assert_eq!((over.settled_until, moves), (None, vec![Alteration::Expired]));
        assert_eq!(over.status(end), Status::Expired);
    }
}

#[test]
fn a_stopped_one_renews_too() {
    let stopped = stopped(subscription("free"), Blocks::Use);
    let (next, moves) = advanced(&stopped, first_end()).unwrap();
    assert_eq!((next.suspension, moves), (stopped.suspension, vec![Alteration::Renewed]));
}

#[test]
fn who_cancels_and_subscribes_anew_goes_on_in_the_period_that_runs() {
    let at = NOON + DAY;
    let old = Subscription { started_at: NOON + TimeDelta::hours(1), ..subscription("free") };
    let ended = old.cancel(When::Now, at).unwrap();
    assert_eq!(ended.anchor_of_next(at), NOON);
    assert_eq!(ended.anchor_of_next(first_end() - TimeDelta::microseconds(1)), NOON);
    assert_eq!(ended.anchor_of_next(first_end()), first_end(), "a period of its own");
    let at_its_end = subscription("free").cancel(When::PeriodEnd, at).unwrap();
    assert_eq!(at_its_end.anchor_of_next(first_end()), first_end());
    assert_eq!(at_its_end.anchor_of_next(first_end() + DAY), first_end() + DAY);
    let third = Subscription { ends_at: Some(first_end() + DAY), ..subscription("free") };
    assert_eq!(third.anchor_of_next(first_end() + DAY + DAY), NOON, "the second month runs");
}

#[test]
fn its_diff_tells_what_changed() {
    let old = subscription("free");
    let next = old.suspend(SuspensionReason::Abuse, Blocks::Change, NOON).unwrap();
    let diff = kernel::Write::Save { expected: old, next }.diff();
    assert_eq!(diff.len(), 1);
    assert_eq!((diff[0].key.as_ref(), &diff[0].after["reason"]), ("suspension", &json!("abuse")));
}

/// Any subscription a use case could have written at [`NOON`].
fn any_subscription() -> impl Strategy<Value = Subscription> {
    let trial = prop::option::of(0..100i64);
    let end = prop::option::of((any::<bool>(), 0..60i64));
    (trial, end, any::<bool>(), any::<bool>(), 0..40i64).prop_map(|(trial, end, chosen, is_stopped, anchor)| {
        let mut it = Subscription {
            anchor: NOON - TimeDelta::days(anchor),
            trial_ends_at: trial.map(|it| NOON + TimeDelta::days(it) + TimeDelta::hours(3)),
            next_plan: chosen.then(|| "premium".to_owned()),
            ..subscription("free")
        };
        if let Some((at_period_end, days)) = end {
            let when = if at_period_end { When::PeriodEnd } else { When::Now };
            it = it.settled(NOON).cancel(when, NOON + TimeDelta::days(days.min(20))).unwrap();
        }
        let it = if is_stopped { stopped(it, Blocks::Use) } else { it };
        it.settled(NOON)
    })
}

proptest! {
    #[test]
    fn one_step_leads_where_many_lead(subscription in any_subscription(), mut hours in prop::collection::vec(0..4_000i64, 1..8)) {
        hours.sort_unstable();
        let last = NOON + TimeDelta::hours(*hours.last().unwrap());
        let at_once = advanced(&subscription, last).unwrap_or((subscription.clone(), vec![]));
        let (mut stepwise, mut moves) = (subscription, Vec::new());
        for hour in hours {
            if let Some((next, more)) = advanced(&stepwise, NOON + TimeDelta::hours(hour)) {
                prop_assert!(!more.is_empty(), "it is told why");
                stepwise = next;
                moves.extend(more);
            }
        }
        prop_assert_eq!(&stepwise, &at_once.0);
        let sole = |moves: Vec<Alteration>| -> (bool, Vec<Alteration>) {
            let renewed = moves.contains(&Alteration::Renewed);
            (renewed, moves.into_iter().filter(|it| *it != Alteration::Renewed).collect())
        };
        prop_assert_eq!(sole(moves), sole(at_once.1));
        prop_assert!(stepwise.settled_until.is_none_or(|it| it > last), "nothing is left to be done");
        prop_assert_eq!(stepwise.status(last), at_once.0.status(last));
    }
}
