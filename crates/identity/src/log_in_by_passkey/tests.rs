use kernel::testing::{NOON, act, nth};
use kernel::{Guard, Outcome, Scope};
use serde_json::json;

use super::*;
use crate::model::{Factors, Passkey, Standing, User};
use crate::world::{World, admin_of, john, passkey, response};

fn here() -> World {
    World { passkeys: vec![passkey(1, 50)], ..World::john() }
}

async fn log_in(world: &World, response: &Value, organization: Option<&str>) -> Result<SignedIn, Error> {
    world.check_passkey().begin().await.unwrap();
    run(world, response, organization).await
}

async fn run(world: &World, response: &Value, organization: Option<&str>) -> Result<SignedIn, Error> {
    LogInByPasskey {
        store: world.store(),
        users: world.users(),
        passkeys: world.check_passkey(),
        doorway: Arc::new(world.doorway()),
    }
    .run(&act(), response, Term::Usual, organization)
    .await
}

#[tokio::test]
async fn a_passkey_alone_opens_a_session_also_where_a_second_factor_is_on() {
    for world in [here(), World { passkeys: here().passkeys, ..World::john_with_mfa() }] {
        let world = World { standing: Some(admin_of(60)), ..world };
        let signed_in = log_in(&world, &response(1), Some("acme")).await.unwrap();
        let unit = world.store.only();
        assert_eq!(unit.guards, [Guard::User { user: nth(50), version: 1 }]);
        let [Change::Session(Write::Add(session)), Change::RefreshToken(_), Change::Passkey(used)] =
            unit.changes.as_slice()
        else {
            panic!("{unit:#?}")
        };
        assert_eq!((session.id, &session.factors), (signed_in.session, &Factors::of([Factor::Passkey])));
        assert_eq!((session.organization, session.auth_time), (Some(nth(60)), NOON));
        let next = Passkey { public: json!({"counter": 2}), last_used_at: Some(NOON), ..passkey(1, 50) };
        assert_eq!(*used, Write::Save { expected: passkey(1, 50), next });
        assert_eq!(world.written(), [("session.started", Outcome::Done)]);
    }
}

#[tokio::test]
async fn a_challenge_is_answered_once_within_five_minutes() {
    let world = here();
    world.check_passkey().begin().await.unwrap();
    assert_eq!(world.waiting.kept()[0].1, std::time::Duration::from_mins(5));
    assert!(run(&world, &response(1), None).await.is_ok());
    assert!(matches!(run(&world, &response(1), None).await, Err(Error::ProofInvalid)));
    assert_eq!(world.written()[1..], [("passkey.rejected", Outcome::Refused("unknown_challenge"))]);
}

#[tokio::test]
async fn what_is_not_believed_is_one_answer_and_is_written() {
    let mut lie = response(1);
    lie["lie"] = true.into();
    let suspended = |status| World { passkeys: here().passkeys, ..World::of(vec![Some(User { status, ..john() })]) };
    for (world, given, reason, scope) in [
        (here(), lie, "bad_signature", Scope::Installation),
        (here(), response(2), "unknown_passkey", Scope::Installation),
        (here(), json!({}), "malformed_passkey", Scope::Installation),
        (suspended(UserStatus::Suspended), response(1), "user_not_active", Scope::User(nth(50))),
        (suspended(UserStatus::Deleted), response(1), "user_not_active", Scope::User(nth(50))),
    ] {
        assert!(matches!(log_in(&world, &given, None).await, Err(Error::ProofInvalid)), "{reason}");
        assert_eq!(world.written(), [("passkey.rejected", Outcome::Refused(reason))]);
        let unit = world.store.only();
        assert_eq!((unit.changes, unit.evidence.audit[0].scope), (vec![], scope));
    }
}

#[tokio::test]
async fn the_wanted_organization_is_judged_after_the_passkey() {
    let suspended = World { standing: Some(Standing { active: false, ..admin_of(60) }), ..here() };
    assert!(matches!(log_in(&suspended, &response(1), Some("acme")).await, Err(Error::MemberSuspended)));
    assert!(matches!(log_in(&here(), &response(1), Some("acme")).await, Err(Error::OrganizationNotFound)));
    assert!(matches!(log_in(&here(), &response(1), Some("No Slug")).await, Err(Error::OrganizationNotFound)));
    assert!(matches!(log_in(&here(), &response(2), Some("No Slug")).await, Err(Error::ProofInvalid)));
}
