use kernel::Outcome;
use kernel::testing::{NOON, act, nth};

use super::*;
use crate::model::User;
use crate::world::{World, john, johns_session, passkey, totp};

async fn disable(world: &World) -> Result<(), Error> {
    DisableMfa {
        store: world.store(),
        users: world.users(),
        sessions: world.sessions(),
        totps: world.totps(),
        passkeys: world.passkeys(),
        standings: world.standings(),
    }
    .run(&act(), nth(50), nth(51))
    .await
}

fn session_with(factors: &[Factor]) -> Session {
    Session { factors: Factors::of(factors.iter().copied()), ..johns_session() }
}

#[tokio::test]
async fn it_is_gone_other_sessions_end_and_this_one_has_given_one_factor() {
    for (given, left) in [
        (vec![Factor::Password, Factor::Totp], vec![Factor::Password]),
        (vec![Factor::Password, Factor::RecoveryCode], vec![Factor::Password]),
        (vec![Factor::Password, Factor::Totp, Factor::Passkey], vec![Factor::Password, Factor::Passkey]),
    ] {
        let world = World { session: Some(session_with(&given)), ..World::john_with_mfa() };
        disable(&world).await.unwrap();
        let unit = world.store.only();
        let (expected, next) = (session_with(&given), session_with(&left));
        assert_eq!(
            unit.changes,
            [
                // Saved as it is: what was decided on before is stale.
                Change::User(Write::Save { expected: john(), next: john() }),
                Change::Totp(Write::Remove { expected: totp() }),
                Change::Session(Write::Save { expected, next }),
                Change::EndSessions { user: nth(50), except: Some(nth(51)), at: NOON },
                Change::ForgetFailures(Guessed::Code(nth(50))),
            ]
        );
        assert_eq!(world.written(), [("mfa.disabled", Outcome::Done)]);
        assert_eq!(world.mailed(), [("mfa_disabled", "user@example.com".to_owned())]);
        assert_eq!(unit.evidence.events[0].data["changed"], serde_json::json!(["mfa"]));
    }
}

#[tokio::test]
async fn the_last_factor_stays_as_long_as_an_organization_demands_it() {
    let world = World { demands_mfa: true, ..World::john_with_mfa() };
    assert!(matches!(disable(&world).await, Err(Error::MfaDemanded)));
    world.wrote_nothing();
    let with_passkey = World { demands_mfa: true, passkeys: vec![passkey(1, 50)], ..World::john_with_mfa() };
    assert!(disable(&with_passkey).await.is_ok());
}

#[tokio::test]
async fn what_is_off_or_not_confirmed_can_not_be_turned_off() {
    for totps in [vec![None], vec![Some(Totp { confirmed_at: None, ..totp() })]] {
        let world = World { totps, ..World::john() };
        assert!(matches!(disable(&world).await, Err(Error::IllegalState)));
        world.wrote_nothing();
    }
}

#[tokio::test]
async fn who_has_left_turns_nothing_off() {
    let gone = World { session: None, ..World::john_with_mfa() };
    let ended = World { session: Some(Session { ended_at: Some(NOON), ..johns_session() }), ..World::john_with_mfa() };
    let user = User { status: UserStatus::Suspended, ..john() };
    let suspended = World { totps: vec![Some(totp())], ..World::of(vec![Some(user)]) };
    for world in [gone, ended, suspended] {
        assert!(matches!(disable(&world).await, Err(Error::TokenInvalid)));
        world.wrote_nothing();
    }
}
