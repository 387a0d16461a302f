use kernel::testing::{NOON, act, nth};
use kernel::{CommitError, Fault, Guard, OrganizationId, Outcome, Scope};

use super::*;
use crate::model::Standing;
use crate::ports::MockStandings;
use crate::world::{PASSWORD, Tries, World, admin_of, johns_session, signed};

fn old_session(organization: Option<OrganizationId>) -> Session {
    Session { organization, auth_time: NOON - TimeDelta::hours(3), ..johns_session() }
}

fn by(password: &str) -> StepUpInput {
    let password = Some(Secret::new(password));
    StepUpInput { user: nth(50), session: nth(51), password, second: SecondFactor::default() }
}

async fn step_up(world: &World, password: &str) -> Result<Renewed, Error> {
    world.step_up().run(&act(), by(password)).await
}

#[tokio::test]
async fn the_session_and_the_new_token_say_when_the_factor_was_given() {
    let session = old_session(Some(nth(60)));
    let world = World { session: Some(session.clone()), standing: Some(admin_of(60)), ..World::john() };
    let renewed = step_up(&world, PASSWORD).await.unwrap();
    assert_eq!(renewed.access_token.expose(), signed(nth(51), Some(60), "admin", 0));
    assert_eq!(renewed.expires_in, 900);
    let unit = world.store.only();
    assert_eq!(unit.guards, [Guard::User { user: nth(50), version: 1 }]);
    let [Change::Session(Write::Save { expected, next }), Change::ForgetFailures(_)] = unit.changes.as_slice() else {
        panic!("{unit:?}")
    };
    assert_eq!((expected, next), (&session, &Session { auth_time: NOON, ..session.clone() }));
    assert_eq!(world.written(), [("session.stepped_up", Outcome::Done)]);
    assert_eq!(unit.evidence.audit[0].scope, Scope::Organization(nth(60)));
}

#[tokio::test]
async fn a_session_without_an_organization_stays_without() {
    let mut standings = MockStandings::new();
    standings.expect_of().never();
    let world = World { session: Some(old_session(None)), ..World::john() };
    let renewal = Arc::new(Renewal { standings: Arc::new(standings), ..world.renewal() });
    let renewed = StepUp { renewal, ..world.step_up() }.run(&act(), by(PASSWORD)).await.unwrap();
    assert_eq!(renewed.access_token.expose(), signed(nth(51), None, "-", 0));
}

#[tokio::test]
async fn who_is_suspended_there_acts_nowhere() {
    let standing = Some(Standing { active: false, ..admin_of(60) });
    let world = World { session: Some(old_session(Some(nth(60)))), standing, ..World::john() };
    assert_eq!(step_up(&world, PASSWORD).await.unwrap().access_token.expose(), signed(nth(51), None, "-", 0));
}

#[tokio::test]
async fn a_wrong_password_is_counted_written_and_changes_nothing() {
    let world = World { session: Some(old_session(None)), ..World::john() };
    assert!(matches!(step_up(&world, "wrong").await, Err(Error::InvalidCredentials)));
    assert_eq!(world.store.only().changes, []);
    assert_eq!(world.written(), [("user.password_refused", Outcome::Refused("wrong_password"))]);
    let locked = World { tries: Tries::after(10), ..World::john() };
    assert!(matches!(step_up(&locked, PASSWORD).await, Err(Error::AccountLocked)));
}

#[tokio::test]
async fn an_ended_session_stays_ended() {
    for session in [None, Some(Session { ended_at: Some(NOON), ..old_session(None) })] {
        let world = World { session, ..World::john() };
        assert!(matches!(step_up(&world, PASSWORD).await, Err(Error::TokenInvalid)));
        world.wrote_nothing();
    }
}

#[tokio::test]
async fn a_fault_counts_for_nobody() {
    let world = World::john().failing([CommitError::Fault(Fault::Contended)]);
    assert!(step_up(&world, PASSWORD).await.is_err());
    assert_eq!(world.tries.told(), ["begin user@example.com", "withdraw user@example.com"]);
}

#[test]
fn five_minutes_are_recent() {
    let session = johns_session();
    assert!(session.is_recent(NOON) && session.is_recent(NOON + TimeDelta::minutes(5)));
    assert!(!session.is_recent(NOON + TimeDelta::minutes(5) + TimeDelta::microseconds(1)));
}
