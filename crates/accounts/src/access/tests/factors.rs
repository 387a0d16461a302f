//! Who must have given more than one factor.

use identity::{Key, KeyOwner, Scopes, Totp};
use kernel::{Outcome, Secret};

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
async fn who_is_kept_outside_is_written_down_and_who_enters_is_not() {
    let both = [Factor::Password, Factor::Totp];
    for (has, factors, reason) in [
        (None, &[Factor::Password][..], Some("mfa_enrolment_required")),
        (Some(totp(true)), &[Factor::Password], Some("step_up_required")),
        (Some(totp(true)), &both, None),
    ] {
        let store: Arc<Units<Change>> = Arc::default();
        let access = demanding(true, has, given(factors), vec![]);
        let denials = Arc::new(Denials::new(Arc::<Units<Change>>::clone(&store)));
        let access = Access { denials, ..access };
        for _ in 0..2 {
            assert_eq!(access.admit(&act(), &person().into(), None).await.is_ok(), reason.is_none());
        }
        let told: Vec<_> = store.all().into_iter().flat_map(|it| it.evidence.audit).collect();
        let told: Vec<_> = told.iter().map(|it| (it.target.id.as_str(), it.outcome, it.organization)).collect();
        let expected = reason.map(|it| ("organization.enter", Outcome::Refused(it), Some(nth(ACME))));
        assert_eq!(told, Vec::from_iter(expected));
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
            let entry = store.only().evidence.audit.remove(0);
            assert_eq!(entry.target.id, "session.step_up");
            assert_eq!((entry.outcome, entry.organization), (Outcome::Refused("step_up_required"), None));
        }
    }
}

#[tokio::test]
async fn a_step_up_that_is_missing_in_an_organization_is_in_its_log() {
    let (store, access) = access_to(node(vec![]));
    let old = Session { auth_time: NOON - TimeDelta::minutes(6), ..given(&[Factor::Password]) };
    let access = Access { sessions: crate::testing::sessions(Some(old)), ..access };
    assert!(access.require_step_up(&act().within(nth(ACME)), &person()).await.is_err());
    assert_eq!(store.only().evidence.audit[0].organization, Some(nth(ACME)));
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
