//! Keys and tokens at the doors.

use identity::{Key, KeyOwner, Scopes};
use kernel::{Narrowed, TokenHash};

use super::*;
use crate::testing::{facts, key, keys_there, node_of};

const UMBRELLA: u64 = 61;

fn organizations() -> KeyOwner {
    KeyOwner::Organization(nth(ACME))
}

fn johns() -> KeyOwner {
    KeyOwner::User(nth(JOHN))
}

fn only(permissions: &[&Permission]) -> Scopes {
    Scopes::Only(permissions.iter().map(|it| (*it).clone()).collect())
}

/// This key is there, and these are Acme's members.
fn with(key: Key, members: Vec<rbac::MemberFact>) -> (Arc<Units<Change>>, Access) {
    access_to(node_of(facts(members), keys_there(vec![key])))
}

async fn call(key: Key, text: &str, members: Vec<rbac::MemberFact>) -> (Access, Caller) {
    let access = with(key, members).1;
    let caller = access.authenticate(&act(), text).await.unwrap();
    (access, caller)
}

#[tokio::test]
async fn a_key_acts_for_its_organization_and_a_token_for_its_person() {
    let narrowed = Narrowed::To([TEAM_VIEW].into());
    for (owner, actor, organization, acts_as) in [
        (organizations(), Actor::Key { id: nth(7), maker: nth(JOHN) }, Some(nth(ACME)), Some(nth(ACME))),
        (johns(), Actor::Token { id: nth(7), user: nth(JOHN) }, None, None),
    ] {
        let (key, text) = key(7, owner, only(&[&TEAM_VIEW]));
        let (_, caller) = call(key, &text, vec![]).await;
        assert_eq!((caller.actor(), caller.principal()), (actor, nth(JOHN)));
        assert_eq!((caller.organization(), caller.acts_as(), caller.person()), (organization, acts_as, None));
        assert_eq!(caller.narrowed(), Some(&narrowed));
    }
}

#[tokio::test]
async fn what_is_no_good_key_is_no_token_either() {
    let (key, text) = key(7, johns(), Scopes::Only(vec![]));
    let mistyped = format!("{}0", &text[..text.len() - 1]);
    let expired = Key { expires_at: Some(NOON), ..key.clone() };
    let unknown = Key { hash: TokenHash::of("another"), ..key.clone() };
    for (key, text) in [(key.clone(), mistyped.as_str()), (expired, &text), (unknown, &text), (key, "hbx_")] {
        let access = with(key, vec![]).1;
        assert!(matches!(access.authenticate(&act(), text).await, Err(Error::TokenInvalid)), "{text}");
    }
}

#[tokio::test]
async fn a_key_that_is_used_is_seen() {
    let (key, text) = key(7, johns(), Scopes::Only(vec![]));
    let mut sightings = MockSightings::new();
    let sighting = Sighting { of: Used::Key(nth(7)), at: NOON, address: None };
    sightings.expect_keep().times(1).withf(move |seen| *seen == [sighting]).returning(|_| Ok(()));
    let seen = Arc::new(LastSeen::new(Arc::new(sightings)));
    let access = Access { last_seen: Arc::clone(&seen), ..with(key, vec![]).1 };
    access.authenticate(&act(), &text).await.unwrap();
    seen.flush().await.unwrap();
}

#[tokio::test]
async fn programs_are_no_persons() {
    for owner in [organizations(), johns()] {
        let (key, text) = key(7, owner, Scopes::Admin);
        let access = with(key, vec![member(JOHN, RoleKey::OWNER)]).1;
        assert!(matches!(access.authenticate_person(&act(), &text).await, Err(Error::PersonRequired)));
        assert!(matches!(access.authenticate_to_leave(&act(), &text).await, Err(Error::PersonRequired)));
        assert!(matches!(access.authenticate_person(&act(), "hbx_no").await, Err(Error::TokenInvalid)));
    }
}

#[tokio::test]
async fn a_key_enters_its_own_organization_and_no_other() {
    let (key, text) = key(7, organizations(), Scopes::Admin);
    let (access, caller) = call(key, &text, vec![member(JOHN, RoleKey::OWNER)]).await;
    let id = nth::<OrganizationId>(ACME).to_string();
    for wanted in [None, Some("acme"), Some(id.as_str())] {
        assert_eq!(access.enter(&caller, wanted).await.unwrap().organization, nth(ACME));
    }
    let umbrella = nth::<OrganizationId>(UMBRELLA).to_string();
    for wanted in ["umbrella", umbrella.as_str(), "No Slug"] {
        assert!(matches!(access.enter(&caller, Some(wanted)).await, Err(Error::NotFound)), "{wanted}");
    }
}

#[tokio::test]
async fn nor_does_it_follow_its_maker_to_where_they_own_everything() {
    let (key, text) = key(7, KeyOwner::Organization(nth(UMBRELLA)), Scopes::Admin);
    let (access, caller) = call(key, &text, vec![member(JOHN, RoleKey::OWNER)]).await;
    assert!(matches!(access.enter(&caller, Some("acme")).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_key_is_worth_nothing_where_its_maker_is_nothing() {
    for members in [vec![], vec![member(99, RoleKey::OWNER)], vec![suspended(JOHN, RoleKey::OWNER)]] {
        let (key, text) = key(7, organizations(), Scopes::Admin);
        let (access, caller) = call(key, &text, members).await;
        assert!(matches!(access.enter(&caller, None).await, Err(Error::TokenInvalid)));
    }
    // A token is its person's: to them the organization is what it is to themselves.
    let (key, text) = key(7, johns(), Scopes::Only(vec![]));
    let (access, caller) = call(key.clone(), &text, vec![]).await;
    assert!(matches!(access.enter(&caller, Some("acme")).await, Err(Error::NotFound)));
    assert!(matches!(access.enter(&caller, None).await, Err(Error::TenantRequired)));
    let (access, caller) = call(key, &text, vec![suspended(JOHN, RoleKey::OWNER)]).await;
    assert!(matches!(access.enter(&caller, Some("acme")).await, Err(Error::MemberSuspended)));
}

#[tokio::test]
async fn scopes_narrow_and_what_the_maker_lost_the_key_has_lost() {
    for owner in [organizations(), johns()] {
        for (role, view, invite) in [(RoleKey::OWNER, true, false), (RoleKey::MEMBER, true, false)] {
            let (key, text) = key(7, owner, only(&[&TEAM_VIEW]));
            let (access, caller) = call(key, &text, vec![member(JOHN, role)]).await;
            let entered = access.enter(&caller, Some("acme")).await.unwrap();
            for (permission, allowed) in [(TEAM_VIEW, view), (TEAM_INVITE, invite)] {
                assert_eq!(access.authorize(&act(), &caller, &entered, &permission).await.is_ok(), allowed);
            }
        }
        let (key, text) = key(7, owner, only(&[&TEAM_INVITE]));
        let (access, caller) = call(key, &text, vec![member(JOHN, RoleKey::MEMBER)]).await;
        let entered = access.enter(&caller, Some("acme")).await.unwrap();
        let refused = access.authorize(&act(), &caller, &entered, &TEAM_INVITE).await;
        assert!(matches!(refused, Err(Error::PermissionDenied(_))), "demoted since");
    }
}

#[tokio::test]
async fn what_a_key_may_not_is_written_as_the_keys_doing() {
    let (key, text) = key(7, organizations(), Scopes::Only(vec![]));
    let (store, access) = with(key, vec![member(JOHN, RoleKey::OWNER)]);
    let caller = access.authenticate(&act(), &text).await.unwrap();
    let entered = access.enter(&caller, None).await.unwrap();
    let act = act().by(caller.actor());
    assert!(access.authorize(&act, &caller, &entered, &TEAM_VIEW).await.is_err());
    let unit = store.only();
    let entry = &unit.evidence.audit[0];
    assert_eq!((entry.action, entry.actor), ("access.denied", Actor::Key { id: nth(7), maker: nth(JOHN) }));
}

#[tokio::test]
async fn a_key_as_good_as_an_admin_does_not_do_what_only_owners_do() {
    let (key, text) = key(7, organizations(), Scopes::Admin);
    let (access, caller) = call(key, &text, vec![member(JOHN, RoleKey::OWNER)]).await;
    let entered = access.enter(&caller, None).await.unwrap();
    let delete = Permission::known("organization.delete");
    assert!(access.authorize(&act(), &caller, &entered, &TEAM_INVITE).await.is_ok());
    assert!(access.authorize(&act(), &caller, &entered, &delete).await.is_err());
}

#[tokio::test]
async fn a_rotated_key_and_its_successor_are_both_good_for_the_overlap() {
    let (before, old) = key(7, organizations(), Scopes::Admin);
    let (after, new) = key(8, organizations(), Scopes::Admin);
    for (until, good) in [(NOON + TimeDelta::seconds(1), true), (NOON, false)] {
        let rotated = Key { previous: Some((before.hash, until)), ..after.clone() };
        let access = with(rotated, vec![]).1;
        assert_eq!(access.authenticate(&act(), &old).await.is_ok(), good);
        assert!(access.authenticate(&act(), &new).await.is_ok());
    }
}
