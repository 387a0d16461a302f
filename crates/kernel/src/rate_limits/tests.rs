use proptest::prelude::*;

use super::*;
use crate::testing::{NOON, nth};
use crate::{Id, UserId};

fn network(address: &str) -> Network {
    Network::of(address.parse().unwrap())
}

fn after(milliseconds: i64) -> Time {
    NOON + TimeDelta::milliseconds(milliseconds)
}

#[test]
fn a_host_is_one_network_however_it_is_written() {
    for same in [
        &["2001:db8::1", "2001:DB8:0:0::ffff", "2001:db8::ffff:ffff:ffff:ffff"][..],
        &["192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201", "64:ff9b::192.0.2.1"],
    ] {
        assert!(same.iter().all(|it| network(it) == network(same[0])), "{same:?}");
    }
    assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
    assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    // Neither is an IPv4 address.
    assert_eq!(network("64:ff9b:1::192.0.2.1"), Network::V6(0x64_ff9b_0001_0000));
    assert_eq!(network("::192.0.2.1"), network("::1"));
}

#[test]
fn payers_are_told_apart_in_words() {
    let told = |address: &str| Payer::at(address.parse().ok()).to_string();
    assert_eq!(told("192.0.2.1"), "192.0.2.1");
    assert_eq!(told("2001:db8:1:2:3::4"), "2001:db8:1:2::");
    assert_eq!(told("nowhere"), "0.0.0.0");
    let id: UserId = nth(7);
    assert_eq!(Payer::Credential(id.uuid()).to_string(), id.to_string());
}

#[test]
fn a_wider_payer_stands_for_neighbours_only() {
    let wider = |address: &str| Payer::at(address.parse().ok()).wider();
    assert_eq!(wider("192.0.2.1"), wider("192.0.200.9"));
    assert_ne!(wider("192.0.2.1"), wider("192.1.2.1"));
    assert_eq!(wider("2001:db8:1::1"), wider("2001:db8:ffff::1"));
    assert_ne!(wider("2001:db8::1"), wider("2001:db9::1"));
}

#[test]
fn seconds_are_told_so_that_whoever_waits_has_waited_enough() {
    let limit = Limit { most: 1, window: TimeDelta::minutes(1) };
    let (_, charged) = limit.charge(None, after(1));
    assert_eq!((charged.seconds_left(), charged.ends_at()), (60, NOON.timestamp() + 61));
    let (_, charged) = limit.charge(None, NOON);
    assert_eq!((charged.seconds_left(), charged.ends_at()), (60, NOON.timestamp() + 60));
}

#[test]
fn a_clock_that_is_set_back_makes_no_window_longer() {
    let limit = Limit { most: 1, window: TimeDelta::minutes(1) };
    let (window, _) = limit.charge(None, NOON);
    let (window, charged) = limit.charge(Some(window), NOON - TimeDelta::days(1));
    assert!(!charged.passes);
    assert_eq!(window.ends, NOON - TimeDelta::days(1) + limit.window);
}

#[test]
fn a_limit_that_was_lowered_leaves_nothing() {
    let limit = Limit { most: 3, window: TimeDelta::minutes(1) };
    let (window, charged) = limit.charge(Some(Window { used: 5, ends: after(1) }), NOON);
    assert_eq!((charged.passes, charged.remaining, window.used), (false, 0, 5));
}

proptest! {
    #[test]
    fn within_a_window_so_many_pass_and_what_is_told_comes_true(
        most in 1..20u32,
        window in 1..5_000i64,
        pauses in proptest::collection::vec(0..800i64, 1..200),
    ) {
        let limit = Limit { most, window: TimeDelta::milliseconds(window) };
        let mut found = None;
        let mut at = 0;
        // When the window that is running ends, and how many have passed in it.
        let mut running: Option<(Time, u32)> = None;
        for pause in pauses {
            at += pause;
            let (next, charged) = limit.charge(found, after(at));
            let (ends, passed) = running.filter(|(ends, _)| *ends > after(at)).unwrap_or((after(at + window), 0));
            prop_assert_eq!((charged.ends, charged.at), (ends, after(at)));
            prop_assert_eq!(charged.passes, passed < most);
            let passed = passed + u32::from(charged.passes);
            prop_assert_eq!(charged.remaining, most - passed);
            running = Some((ends, passed));
            found = Some(next);
        }
    }

    #[test]
    fn whoever_waits_as_long_as_told_passes(most in 1..5u32, window in 1..5_000i64, at in 0..5_000i64, used in 0..9u32) {
        let limit = Limit { most, window: TimeDelta::milliseconds(window) };
        let (window, charged) = limit.charge(Some(Window { used, ends: after(window) }), after(at));
        let waited = after(at) + TimeDelta::seconds(charged.seconds_left());
        prop_assert!(limit.charge(Some(window), waited).1.passes);
        let told = Time::from_timestamp(charged.ends_at(), 0).unwrap();
        prop_assert!(limit.charge(Some(window), told).1.passes);
    }
}
