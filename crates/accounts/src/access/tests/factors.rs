//! Who must have given more than one factor.

use identity::{Key, KeyOwner, Scopes, Totp};
use kernel::Secret;

use super::*;
use crate::testing::{facts, key, keys_there, node_of, totps};

fn totp(is_on: bool) -> Totp {
    Totp {
        user: nth(JOHN),
        secret: Secret::new(""),
        recovery_codes: vec![],
        confirmed_at: is_on.then_some(NOON),
        last_step: 0,
        created_at: NOON,
        version: 1,
    }
}

fn given(factors: &[Factor]) -> Session {
    Session { factors: Factors::of(factors.iter().copied()), ..proved_at(NOON) }
}

/// Acme demands it or not; John has this and is in this session.
fn demanding(require_mfa: bool, has: Option<Totp>, session: Session, there: Vec<Key>) -> Access {
    let mut facts = facts(vec![member(JOHN, RoleKey::OWNER)]);
    facts.rules.require_mfa = require_mfa;
    let access = access_to(node_of(facts, keys_there(there))).1;
    Access { totps: totps(has), sessions: crate::testing::sessions(Some(session)), ..access }
}

async fn enter(access: &Access) -> Result<Entered, Error> {
    access.enter(&person().into(), None).await
}

#[tokio::test]
async fn where_it_is_not_demanded_nobody_is_asked() {
    assert!(enter(&demanding(false, None, given(&[Factor::Password]), vec![])).await.is_ok());
}

#[tokio::test]
async fn where_it_is_demanded_who_has_given_one_factor_stays_outside() {
    let one = given(&[Factor::Password]);
    for (has, enrolled) in [(None, false), (Some(totp(false)), false), (Some(totp(true)), true)] {
        let access = demanding(true, has, one.clone(), vec![]);
        match enter(&access).await {
            Err(Error::StepUpRequired) => assert!(enrolled),
            Err(Error::MfaEnrolmentRequired) => assert!(!enrolled),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn who_has_given_more_enters() {
    for more in [&[Factor::Password, Factor::Totp][..], &[Factor::Passkey], &[Factor::Provider, Factor::RecoveryCode]] {
        assert!(enter(&demanding(true, Some(totp(true)), given(more), vec![])).await.is_ok());
    }
}

#[tokio::test]
async fn who_has_a_passkey_is_sent_to_use_it() {
    let access = demanding(true, None, given(&[Factor::Password]), vec![]);
    let access = Access { passkeys: crate::testing::passkeys(1), ..access };
    assert!(matches!(enter(&access).await, Err(Error::StepUpRequired)));
}

#[tokio::test]
async fn a_stranger_learns_nothing_of_what_is_demanded() {
    let access = demanding(true, None, given(&[]), vec![]);
    let stranger = Person { user: nth(99), ..person() }.into();
    assert!(matches!(access.enter(&stranger, None).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_key_made_with_one_factor_stays_outside_and_one_made_with_more_enters() {
    for owner in [KeyOwner::Organization(nth(ACME)), KeyOwner::User(nth(JOHN))] {
        for multi_factor in [false, true] {
            let (key, text) = key(7, owner, Scopes::Admin);
            let key = Key { multi_factor, organization: Some(nth(ACME)), ..key };
            let access = demanding(true, Some(totp(true)), given(&[]), vec![key]);
            let caller = access.authenticate(&act(), &text).await.unwrap();
            let outcome = access.enter(&caller, None).await;
            assert_eq!(outcome.is_ok(), multi_factor, "{outcome:?}");
            assert!(multi_factor || matches!(outcome, Err(Error::MfaEnrolmentRequired)));
        }
    }
}

#[tokio::test]
async fn a_key_stays_outside_whose_maker_has_no_second_factor_any_more() {
    for (has, passkeys, enters) in [(None, 0, false), (Some(totp(false)), 0, false), (None, 1, true)] {
        let (key, text) = key(7, KeyOwner::Organization(nth(ACME)), Scopes::Admin);
        let key = Key { multi_factor: true, organization: Some(nth(ACME)), ..key };
        let access = demanding(true, has, given(&[]), vec![key]);
        let access = Access { passkeys: crate::testing::passkeys(passkeys), ..access };
        let caller = access.authenticate(&act(), &text).await.unwrap();
        assert_eq!(access.enter(&caller, None).await.is_ok(), enters);
    }
}

#[tokio::test]
async fn where_it_is_on_one_factor_is_no_step_up_however_recent() {
    for (has, factors, enough) in [
        (None, &[Factor::Password][..], true),
        (Some(totp(false)), &[Factor::Password], true),
        (Some(totp(true)), &[Factor::Password], false),
        (Some(totp(true)), &[Factor::Provider], false),
        (Some(totp(true)), &[Factor::Password, Factor::Totp], true),
        (Some(totp(true)), &[Factor::Passkey], true),
    ] {
        let (store, access) = access_to(node(vec![]));
        let sessions = crate::testing::sessions(Some(given(factors)));
        let access = Access { totps: totps(has.clone()), sessions, ..access };
        let outcome = access.require_step_up(&act(), &person()).await;
        assert_eq!(outcome.is_ok(), enough, "{has:?} {factors:?}");
        assert_eq!(store.all().is_empty(), enough);
        if !enough {
            assert!(matches!(outcome, Err(Error::StepUpRequired)));
            assert_eq!(store.only().evidence.audit[0].target.id, "session.step_up");
        }
    }
}

#[tokio::test]
async fn nor_are_many_factors_of_long_ago() {
    let old = Session {
        auth_time: NOON - TimeDelta::minutes(6),
        ..given(&[Factor::Password, Factor::Totp, Factor::Passkey])
    };
    let access = Access { sessions: crate::testing::sessions(Some(old)), ..access() };
    assert!(matches!(access.require_step_up(&act(), &person()).await, Err(Error::StepUpRequired)));
}
