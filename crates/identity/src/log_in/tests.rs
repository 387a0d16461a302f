use kernel::testing::{NOON, act, nth};
use kernel::{Actor, CommitError, Fault, Guard, OrganizationRef, Outcome, Scope, Write};

use super::*;
use crate::model::{Limits, PasswordHash, Standing, User, UserStatus};
use crate::ports::{Guessed, MockPasswordHasher, MockSessions, MockStandings};
use crate::testing::{PlainHasher, session};
use crate::world::{PASSWORD, Tries, World, admin_of, john, signed};

fn leading_to(world: &World, doorway: Doorway) -> LogIn {
    LogIn { doorway: Arc::new(doorway), ..world.log_in() }
}

fn input(password: &str) -> LogInInput {
    LogInInput {
        email: "User@Example.com".into(),
        password: Secret::new(password),
        second: SecondFactor::default(),
        term: Term::Usual,
        organization: None,
    }
}

async fn log_in(world: &World, input: LogInInput) -> Result<SignedIn, Error> {
    world.log_in().run(&act(), input).await
}

async fn log_in_to(world: &World, organization: &str) -> Result<SignedIn, Error> {
    log_in(world, LogInInput { organization: Some(organization.into()), ..input(PASSWORD) }).await
}

#[tokio::test]
async fn the_right_password_opens_a_session_where_the_user_is_as_it_was() {
    let world = World { standing: Some(admin_of(60)), ..World::john() };
    let signed_in = log_in(&world, input(PASSWORD)).await.unwrap();
    let unit = world.store.only();
    assert_eq!(unit.guards, [Guard::User { user: nth(50), version: 1 }]);
    let [
        Change::Session(Write::Add(session)),
        Change::RefreshToken(Write::Add(token)),
        Change::ForgetFailures(forgotten),
    ] = unit.changes.as_slice()
    else {
        panic!("{unit:?}")
    };
    assert_eq!((session.id, session.user), (signed_in.session, nth(50)));
    assert_eq!((session.organization, session.auth_time, session.rotates), (Some(nth(60)), NOON, true));
    assert_eq!(token.hash, kernel::TokenHash::of(signed_in.refresh_token.expose()));
    assert_eq!(forgotten, &Guessed::Password(john().email));
    let [entry] = unit.evidence.audit.as_slice() else { panic!("{unit:?}") };
    assert_eq!((entry.action, entry.actor), ("session.started", Actor::User { id: nth(50), session: session.id }));
    assert_eq!(entry.scope, Scope::Organization(nth(60)));
    assert_eq!(signed_in.user.role.as_ref().map(kernel::RoleKey::as_str), Some("admin"));
    assert_eq!(signed_in.access_token.expose(), signed(session.id, Some(60), "admin", 0));
}

#[tokio::test]
async fn what_is_no_address_costs_a_comparison_and_counts_for_nobody() {
    for (given, compared) in [(PASSWORD.to_owned(), PASSWORD), ("x".repeat(129), "")] {
        let mut hasher = MockPasswordHasher::new();
        let expected = move |given: &Secret, hash: &Option<PasswordHash>| given.expose() == compared && hash.is_none();
        hasher.expect_verify().times(1).withf(expected).returning(|_, _| Ok(false));
        let world = World { hasher: Arc::new(hasher), ..World::john() };
        let input = LogInInput { email: "nobody".into(), ..input(&given) };
        assert!(matches!(log_in(&world, input).await, Err(Error::InvalidCredentials)));
        assert_eq!(world.tries.told(), [] as [&str; 0]);
        world.wrote_nothing();
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_one_answer() {
    let wrong = log_in(&World::john(), input("SecurePass123?")).await.unwrap_err();
    let unknown = log_in(&World::nobody(), input(PASSWORD)).await.unwrap_err();
    assert_eq!((wrong.to_string(), unknown.to_string()), {
        let one = Error::InvalidCredentials.to_string();
        (one.clone(), one)
    });
}

#[tokio::test]
async fn the_terms_choose_lifetimes_and_whether_the_token_rotates() {
    const DAY: i64 = 86_400;
    for (term, access, refresh, rotates) in [
        (Term::of(None), 900, 30 * DAY, true),
        (Term::of(Some(false)), 900, 7 * DAY, true),
        (Term::of(Some(true)), DAY, 30 * DAY, true),
        (Term::Steady, 900, 7 * DAY, false),
    ] {
        let world = World::john();
        let signed_in = log_in(&world, LogInInput { term, ..input(PASSWORD) }).await.unwrap();
        assert_eq!((signed_in.expires_in, signed_in.refresh_expires_in), (access, refresh), "{term:?}");
        let unit = world.store.only();
        let [Change::Session(session), Change::RefreshToken(token), ..] = unit.changes.as_slice() else { panic!() };
        assert_eq!((token.subject().expires_at - NOON).num_seconds(), refresh);
        assert_eq!(session.subject().rotates, rotates);
        let lives = (session.subject().expires_at - NOON).num_seconds();
        assert_eq!(lives, if rotates { 180 * DAY } else { 7 * DAY }, "a steady session ends with its one token");
    }
}

#[tokio::test]
async fn the_wanted_organization_is_judged_after_the_password() {
    let mut standings = MockStandings::new();
    standings.expect_of().never();
    let world = World::john();
    let log_in = leading_to(&world, Doorway { standings: Arc::new(standings), ..world.doorway() });
    let input = LogInInput { organization: Some("acme".into()), ..input("wrong") };
    assert!(matches!(log_in.run(&act(), input).await, Err(Error::InvalidCredentials)));
}

#[tokio::test]
async fn an_organization_that_refuses_is_written_and_the_failures_are_forgotten() {
    let suspended = World { standing: Some(Standing { active: false, ..admin_of(60) }), ..World::john() };
    assert!(matches!(log_in_to(&suspended, "acme").await, Err(Error::MemberSuspended)));
    let worlds =
        ["acme", "No Slug", "", "00000000-0000-0000-0000-000000000009"].map(|unknown| (unknown, World::john()));
    for (unknown, world) in &worlds {
        assert!(matches!(log_in_to(world, unknown).await, Err(Error::OrganizationNotFound)), "{unknown}");
    }
    for world in worlds.iter().map(|(_, world)| world).chain([&suspended]) {
        let unit = world.store.only();
        assert_eq!(unit.changes, [Change::ForgetFailures(Guessed::Password(john().email))], "and no session");
        assert_eq!(world.written(), [("session.login_failed", Outcome::Refused("organization"))]);
        assert_eq!(unit.evidence.audit[0].scope, Scope::User(nth(50)));
    }
}

#[tokio::test]
async fn the_organization_is_asked_for_as_it_was_named() {
    for (named, wanted) in [(None, None), (Some("acme".to_owned()), OrganizationRef::parse("acme"))] {
        let mut standings = MockStandings::new();
        standings
            .expect_of()
            .times(1)
            .withf(move |user, asked| *user == nth(50) && *asked == wanted)
            .returning(|_, _| Ok(Some(admin_of(60))));
        let world = World::john();
        let log_in = leading_to(&world, Doorway { standings: Arc::new(standings), ..world.doorway() });
        assert!(log_in.run(&act(), LogInInput { organization: named, ..input(PASSWORD) }).await.is_ok());
    }
}

#[tokio::test]
async fn without_an_organization_the_session_is_bound_to_none() {
    let world = World::john();
    let signed_in = log_in(&world, input(PASSWORD)).await.unwrap();
    assert_eq!(signed_in.user.role, None);
    assert!(signed_in.access_token.expose().ends_with(" - - 0"));
    assert_eq!(world.store.only().evidence.audit[0].scope, Scope::User(nth(50)));
}

#[tokio::test]
async fn the_oldest_sessions_beyond_the_most_end() {
    let mut sessions = MockSessions::new();
    sessions
        .expect_beyond()
        .times(1)
        .withf(|user, keep, at| (*user, *keep, *at) == (nth(50), 2, NOON))
        .returning(|_, _, _| Ok(vec![session(nth(7), nth(50)), session(nth(8), nth(50))]));
    let mut world = World::john();
    world.settings.limits = Limits { sessions_per_user: 3, ..Limits::default() };
    let log_in = leading_to(&world, Doorway { sessions: Arc::new(sessions), ..world.doorway() });
    log_in.run(&act(), input(PASSWORD)).await.unwrap();
    let changes = world.store.only().changes;
    let ended: Vec<_> = changes
        .iter()
        .filter_map(|it| match it {
            Change::Session(Write::Save { expected, next }) => Some((expected.ended_at, next.id, next.ended_at)),
            _ => None,
        })
        .collect();
    assert_eq!(ended, [(None, nth(7), Some(NOON)), (None, nth(8), Some(NOON))]);
}

#[tokio::test]
async fn a_password_changed_while_it_was_compared_is_wrong() {
    let changed = User { password: Some(PlainHasher::of("other")), ..john() };
    let world = World::of(vec![Some(john()), Some(changed)]);
    assert!(matches!(log_in(&world, input(PASSWORD)).await, Err(Error::InvalidCredentials)));
    world.wrote_nothing();
    assert_eq!(world.tries.told(), ["begin user@example.com"], "and stays counted");
}

#[tokio::test]
async fn another_hash_of_the_same_password_is_right() {
    let rehashed = User { password: Some(PlainHasher::of(&format!("old:{PASSWORD}"))), version: 2, ..john() };
    let world = World::of(vec![Some(john()), Some(rehashed)]);
    assert!(log_in(&world, input(PASSWORD)).await.is_ok());
    assert_eq!(world.store.only().guards, [Guard::User { user: nth(50), version: 2 }]);
}

#[tokio::test(start_paused = true)]
async fn who_changed_before_the_commit_is_looked_at_again() {
    let changes = [
        User { password: Some(PlainHasher::of("other")), version: 2, ..john() },
        User { status: UserStatus::Suspended, version: 2, ..john() },
        User { email: EmailAddress::parse("new@example.com").unwrap(), version: 2, ..john() },
    ];
    for changed in changes {
        let world = World::of(vec![Some(john()), Some(john()), Some(changed.clone())]).failing([CommitError::Stale]);
        assert!(matches!(log_in(&world, input(PASSWORD)).await, Err(Error::InvalidCredentials)), "{changed:?}");
        assert_eq!(world.store.all().len(), 1, "nothing but what was stale");
    }
}

#[tokio::test]
async fn a_fault_after_the_right_password_counts_for_nobody() {
    let world = World::john().failing([CommitError::Fault(Fault::defect("no disk"))]);
    assert!(matches!(log_in(&world, input(PASSWORD)).await, Err(Error::Fault(_))));
    assert_eq!(world.tries.told(), ["begin user@example.com", "withdraw user@example.com"]);
}

#[tokio::test]
async fn a_locked_address_is_told_so() {
    let world = World { tries: Tries::after(10), ..World::john() };
    assert!(matches!(log_in(&world, input(PASSWORD)).await, Err(Error::AccountLocked)));
}
