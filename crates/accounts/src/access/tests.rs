use chrono::TimeDelta;
use identity::ports::{MockAccessTokens, MockSessions, MockSightings, Sighting};
use identity::testing::{johndoe, session};
use identity::{Claims, Factor, Factors, Session, User, Username};
use kernel::testing::{NOON, Units, act, nth};
use kernel::{Actor, EmailAddress, Scope, Signal, SignalSink as _, Time, UserId};
use rbac::system::{TEAM_INVITE, TEAM_VIEW};

use super::*;
use crate::Change;
use crate::testing::{ACME, JOHN, JOHNS_SESSION, member, node, suspended, users};

mod factors;
mod programs;

fn claims() -> Claims {
    Claims {
        user: nth(JOHN),
        email: EmailAddress::parse("user@example.com").unwrap(),
        username: Username::parse("johndoe").unwrap(),
        is_verified: true,
        organization: Some(nth(ACME)),
        role: Some(RoleKey::OWNER),
        session: nth(JOHNS_SESSION),
        issued_at: NOON,
        expires_at: NOON,
        auth_time: NOON,
        factors: Factors::of([Factor::Password]),
        id: kernel::Id::uuid(nth::<UserId>(1)),
    }
}

fn person() -> Person {
    Person { user: nth(JOHN), session: nth(JOHNS_SESSION), organization: Some(nth(ACME)) }
}

fn john() -> Caller {
    person().into()
}

/// John is a member of Acme, or what the test makes of him.
fn access_to(node: Arc<Node>) -> (Arc<Units<Change>>, Access) {
    let mut tokens = MockAccessTokens::new();
    tokens.expect_read().withf(|_, at| *at == NOON).returning(|token, _| match token {
        "good" => Ok(claims()),
        "old" => Err(TokenError::Expired(Box::new(claims()))),
        _ => Err(TokenError::Invalid),
    });
    let store: Arc<Units<Change>> = Arc::default();
    (Arc::clone(&store), Access { tokens: Arc::new(tokens), ..crate::testing::access(node, store) })
}

fn access() -> Access {
    access_to(node(vec![member(JOHN, RoleKey::MEMBER)])).1
}

#[tokio::test]
async fn a_good_token_says_who_calls() {
    assert_eq!(access().authenticate(&act(), "good").await.unwrap(), john());
    assert_eq!(john().actor(), Actor::User { id: nth(JOHN), session: nth(JOHNS_SESSION) });
}

#[tokio::test]
async fn a_bad_and_an_old_token_are_told_apart() {
    assert!(matches!(access().authenticate(&act(), "bad").await, Err(Error::TokenInvalid)));
    assert!(matches!(access().authenticate(&act(), "old").await, Err(Error::TokenExpired)));
}

#[tokio::test]
async fn an_old_token_is_good_enough_to_leave() {
    for token in ["good", "old"] {
        assert_eq!(access().authenticate_to_leave(&act(), token).await.unwrap(), person());
    }
    assert!(matches!(access().authenticate_to_leave(&act(), "bad").await, Err(Error::TokenInvalid)));
}

#[tokio::test]
async fn the_token_of_an_ended_session_is_worth_nothing() {
    let access = access();
    access.node.receive(&Signal::SessionEnded { session: nth(JOHNS_SESSION), until: NOON });
    assert!(matches!(access.authenticate(&act(), "good").await, Err(Error::TokenInvalid)));
    assert!(matches!(access.authenticate_to_leave(&act(), "old").await, Err(Error::TokenInvalid)));
}

#[tokio::test]
async fn an_organization_is_entered_by_id_by_slug_or_by_the_sign_in() {
    let id = nth::<OrganizationId>(ACME).to_string();
    for wanted in [None, Some("acme"), Some(id.as_str())] {
        let entered = access().enter(&john(), wanted).await.unwrap();
        // The role is what the organization says now, not what the token said.
        assert_eq!((entered.organization, entered.role), (nth(ACME), RoleKey::MEMBER), "{wanted:?}");
        assert_eq!(entered.snapshot.version(), 7);
    }
}

#[tokio::test]
async fn a_sign_in_bound_to_none_must_name_one() {
    let unbound = Person { organization: None, ..person() }.into();
    assert!(matches!(access().enter(&unbound, None).await, Err(Error::TenantRequired)));
    assert!(access().enter(&unbound, Some("acme")).await.is_ok());
}

#[tokio::test]
async fn a_foreign_organization_is_as_unknown_as_one_that_is_not() {
    let stranger = Person { user: nth(99), ..person() }.into();
    let (other, no_slug) = (nth::<OrganizationId>(61).to_string(), "Not a slug");
    for (caller, wanted) in [
        (&stranger, None),
        (&stranger, Some("acme")),
        (&john(), Some("umbrella")),
        (&john(), Some(other.as_str())),
        (&john(), Some(no_slug)),
    ] {
        assert!(matches!(access().enter(caller, wanted).await, Err(Error::NotFound)), "{wanted:?}");
    }
}

#[tokio::test]
async fn a_suspended_member_stays_outside() {
    let (_, access) = access_to(node(vec![suspended(JOHN, RoleKey::OWNER)]));
    assert!(matches!(access.enter(&john(), None).await, Err(Error::MemberSuspended)));
}

#[tokio::test]
async fn a_refusal_is_written_and_a_permission_is_not() {
    let (store, access) = access_to(node(vec![member(JOHN, RoleKey::MEMBER)]));
    let act = act().by(john().actor());
    let entered = access.enter(&john(), None).await.unwrap();
    access.authorize(&act, &john(), &entered, &TEAM_VIEW).await.unwrap();
    assert_eq!(store.all(), []);

    let refused = access.authorize(&act, &john(), &entered, &TEAM_INVITE).await;
    assert!(matches!(refused, Err(Error::PermissionDenied(it)) if it == TEAM_INVITE));
    let unit = store.only();
    let entry = &unit.evidence.audit[0];
    assert_eq!((entry.action, entry.target.id.as_str()), ("access.denied", "team.invite"));
    assert_eq!((entry.actor, entry.organization), (john().actor(), Some(nth(ACME))));
}

/// The session in which John calls, as it is stored.
fn stored(session: Option<Session>) -> Access {
    let mut sessions = MockSessions::new();
    sessions.expect_by_id().withf(|id| *id == nth(JOHNS_SESSION)).returning(move |_| Ok(session.clone()));
    Access { sessions: Arc::new(sessions), ..access() }
}

fn proved_at(auth_time: Time) -> Session {
    Session { auth_time, ..session(nth(JOHNS_SESSION), nth(JOHN)) }
}

#[tokio::test]
async fn what_is_sensitive_wants_a_factor_of_the_last_five_minutes_of_the_session_not_of_the_token() {
    let minutes = TimeDelta::minutes(5);
    assert!(stored(Some(proved_at(NOON - minutes))).require_step_up(&act(), &person()).await.is_ok());
    let earlier = stored(Some(proved_at(NOON - minutes - TimeDelta::microseconds(1))));
    assert!(matches!(earlier.require_step_up(&act(), &person()).await, Err(Error::StepUpRequired)));
}

#[tokio::test]
async fn a_session_that_has_ended_was_never_recent_enough() {
    let ended = Some(Session { ended_at: Some(NOON), ..proved_at(NOON) });
    for session in [None, ended] {
        let outcome = stored(session).require_step_up(&act(), &person()).await;
        assert!(matches!(outcome, Err(Error::TokenInvalid)));
    }
}

#[tokio::test]
async fn who_administers_the_installation_is_asked_of_the_database_each_time() {
    let admin = User { administrator: true, ..johndoe(nth(JOHN)) };
    let (store, access) = access_to(node(vec![]));
    let access = Access { users: users(vec![admin.clone()]), ..access };
    access.administer(&act(), &person()).await.unwrap();
    assert_eq!(store.all(), []);
    for user in [
        None,
        Some(User { administrator: false, ..admin.clone() }),
        Some(User { status: UserStatus::Suspended, ..admin.clone() }),
        Some(User { status: UserStatus::Deleted, ..admin }),
    ] {
        // An owner of an organization is nobody here.
        let (store, access) = access_to(node(vec![member(JOHN, RoleKey::OWNER)]));
        let access = Access { users: users(user.into_iter().collect()), ..access };
        let act = act().by(john().actor());
        let refused = access.administer(&act, &person()).await;
        assert!(matches!(refused, Err(Error::PermissionDenied(it)) if it == ADMINISTER));
        let unit = store.only();
        let [entry] = unit.evidence.audit.as_slice() else { panic!("{unit:?}") };
        assert_eq!((entry.action, entry.target.id.as_str()), ("access.denied", "platform.administer"));
        assert_eq!((entry.actor, entry.scope), (john().actor(), Scope::Installation));
    }
}

#[test]
fn nobody_is_given_by_a_role_what_platform_administrators_may() {
    let snapshot = Snapshot::build(crate::testing::facts(vec![member(JOHN, RoleKey::OWNER)]));
    assert!(!snapshot.check(rbac::Holder::at(nth(JOHN), NOON), &ADMINISTER).allowed);
}

#[tokio::test]
async fn a_session_that_is_used_is_seen_and_one_that_is_left_is_not() {
    let mut sightings = MockSightings::new();
    let sighting = Sighting { of: Used::Session(nth(JOHNS_SESSION)), at: NOON, address: None };
    sightings.expect_keep().times(1).withf(move |seen| *seen == [sighting]).returning(|_| Ok(()));
    let seen = Arc::new(LastSeen::new(Arc::new(sightings)));
    let access = Access { last_seen: Arc::clone(&seen), ..access() };
    access.authenticate_to_leave(&act(), "good").await.unwrap();
    seen.flush().await.unwrap();
    access.authenticate(&act(), "good").await.unwrap();
    seen.flush().await.unwrap();
    access.node.receive(&Signal::SessionEnded { session: nth(JOHNS_SESSION), until: NOON });
    assert!(access.authenticate(&act(), "good").await.is_err());
    seen.flush().await.unwrap();
}
