//! Accounts that are linked from now on, and stepping up by one that is.

use super::*;

fn unproved() -> User {
    User { verified_at: None, ..johndoe(nth(JOHN)) }
}

fn link() -> FlowPurpose {
    FlowPurpose::Link { user: nth(JOHN), session: nth(JOHNS_SESSION) }
}

fn step_up() -> FlowPurpose {
    FlowPurpose::StepUp { user: nth(JOHN), session: nth(JOHNS_SESSION) }
}

fn is(outcome: &Result<ProviderOutcome, Error>, expected: &identity::Error) -> bool {
    matches!(outcome, Err(Error::Identity(it)) if std::mem::discriminant(it) == std::mem::discriminant(expected))
}

#[tokio::test]
async fn where_both_sides_prove_the_address_the_account_is_linked_and_its_owner_told() {
    let world = World::default();
    world.sign_in(account(Provider::Google)).await.unwrap();
    assert_eq!(world.linked(), [(nth(JOHN), "4711".to_owned())]);
    assert_eq!(world.opened().user, nth(JOHN));
    assert_eq!(world.mailed(), ["identity_linked"]);
    assert_eq!(world.written(), [("session.started", Outcome::Done), ("identity.linked", Outcome::Done)]);
    assert_eq!(world.store.only().guards, [user_guard()]);
}

#[tokio::test]
async fn an_address_that_is_not_proved_on_both_sides_links_nothing() {
    let google = account(Provider::Google);
    let unproven = ProviderAccount { email_verified: false, ..google.clone() };
    let microsoft = account(Provider::Microsoft);
    for (world, account, answer) in [
        (World::john(unproved()), google.clone(), identity::Error::NotLinked),
        (World::default(), unproven, identity::Error::RegistrationClosed),
        (World::default(), microsoft.clone(), identity::Error::RegistrationClosed),
        (World::default(), ProviderAccount { email: None, ..google }, identity::Error::RegistrationClosed),
        (World::john(unproved()), microsoft, identity::Error::RegistrationClosed),
    ] {
        let outcome = world.sign_in(account).await;
        assert!(is(&outcome, &answer), "{outcome:?}");
        assert!(world.store.all().iter().all(|it| it.changes.is_empty()));
    }
}

#[tokio::test]
async fn who_has_another_account_there_is_not_linked_to_a_second() {
    let other = ProviderIdentity { subject: "1".into(), ..identity(JOHN, Provider::Google) };
    let world = World { identities: vec![other], ..World::default() };
    assert!(is(&world.sign_in(account(Provider::Google)).await, &identity::Error::NotLinked));
    let elsewhere = World::default().linked_to(JOHN, Provider::Microsoft);
    assert!(elsewhere.sign_in(account(Provider::Google)).await.is_ok());
}

#[tokio::test]
async fn a_second_factor_is_asked_for_before_anything_is_linked() {
    let world = World::default().with_mfa();
    for (code, answer) in [(None, identity::Error::MfaRequired), (Some("000000"), identity::Error::MfaInvalid)] {
        let outcome = world.run(signing_in(None), account(Provider::Google), code).await;
        assert!(is(&outcome, &answer), "{outcome:?}");
    }
    assert!(world.store.all().iter().all(|it| it.changes.is_empty() && it.evidence.mail.is_empty()));
}

#[tokio::test]
async fn who_is_signed_in_links_an_account_of_whatever_address() {
    for provider in [Provider::Google, Provider::Microsoft] {
        let world = World::default();
        let stranger = ProviderAccount { email: Some(address("inviter@example.com")), ..account(provider) };
        let outcome = world.run(link(), stranger, None).await.unwrap();
        assert_eq!(outcome, ProviderOutcome::Linked);
        assert_eq!(world.linked(), [(nth(JOHN), "4711".to_owned())]);
        let unit = world.store.only();
        assert_eq!((unit.guards.as_slice(), world.mailed()), (&[user_guard()][..], vec!["identity_linked"]));
        let actor = Actor::User { id: nth(JOHN), session: nth(JOHNS_SESSION) };
        assert_eq!((unit.evidence.audit[0].action, unit.evidence.audit[0].actor), ("identity.linked", actor));
    }
}

#[tokio::test]
async fn an_identity_belongs_to_one_user() {
    let world = World::default().linked_to(INVITER, Provider::Google);
    assert!(is(&world.run(link(), account(Provider::Google), None).await, &identity::Error::IdentityTaken));
    world.wrote_nothing();
    let own = World::default().linked_to(JOHN, Provider::Google);
    assert_eq!(own.run(link(), account(Provider::Google), None).await.unwrap(), ProviderOutcome::Linked);
    own.wrote_nothing();
    // Linked to somebody else at the same moment, or to another there.
    let store = Arc::new(Units::failing([kernel::CommitError::Taken(kernel::Taken("identity"))]));
    let late = World { store, ..World::default() };
    assert!(is(&late.run(link(), account(Provider::Google), None).await, &identity::Error::IdentityTaken));
}

#[tokio::test]
async fn who_began_must_still_be_there_to_link_and_to_step_up() {
    let ended = Session { ended_at: Some(NOON), ..session(nth(JOHNS_SESSION), nth(JOHN)) };
    let suspended = User { status: UserStatus::Suspended, ..johndoe(nth(JOHN)) };
    for world in [
        World { session: None, ..World::default() },
        World { session: Some(ended), ..World::default() },
        World::john(suspended),
    ] {
        let world = world.linked_to(JOHN, Provider::Google);
        for purpose in [link(), step_up()] {
            let outcome = world.run(purpose, account(Provider::Google), None).await;
            assert!(matches!(outcome, Err(Error::TokenInvalid)), "{outcome:?}");
        }
        world.wrote_nothing();
    }
    let outcome = World::john(unproved()).run(link(), account(Provider::Google), None).await;
    assert!(matches!(outcome, Err(Error::EmailNotVerified)));
}

#[tokio::test]
async fn who_steps_up_by_their_own_account_goes_on() {
    let world = World::default().linked_to(JOHN, Provider::Google);
    let outcome = world.run(step_up(), account(Provider::Google), None).await.unwrap();
    assert!(matches!(outcome, ProviderOutcome::SteppedUp(_)));
    let before = world.session.clone().unwrap();
    let next = Session { auth_time: NOON, factors: before.factors.clone().and(Factor::Provider), ..before.clone() };
    assert_eq!(world.identity_changes(), [identity::Change::Session(Write::Save { expected: before, next })]);
    assert_eq!(world.store.only().guards, [user_guard()]);
    assert_eq!(world.written(), [("session.stepped_up", Outcome::Done)]);
}

#[tokio::test]
async fn a_step_up_is_as_fresh_as_the_provider_says() {
    let world = World::default().linked_to(JOHN, Provider::Google);
    let auth_time = NOON - TimeDelta::seconds(50);
    let said = ProviderAccount { auth_time: Some(auth_time), ..account(Provider::Google) };
    world.run(step_up(), said, None).await.unwrap();
    let [identity::Change::Session(Write::Save { next, .. })] = &*world.identity_changes() else { panic!() };
    assert_eq!(next.auth_time, auth_time);
}

#[tokio::test]
async fn nobody_steps_up_by_anothers_account_or_by_an_address() {
    for world in [World::default().linked_to(INVITER, Provider::Google), World::default()] {
        assert!(is(&world.run(step_up(), account(Provider::Google), None).await, &identity::Error::ProofInvalid));
        assert_eq!(world.written(), [("oidc.rejected", Outcome::Refused("another_user"))]);
        assert_eq!(world.store.only().changes, []);
    }
}

#[tokio::test]
async fn stepping_up_where_a_second_factor_is_on_wants_it_too() {
    let world = World::default().linked_to(JOHN, Provider::Google).with_mfa();
    for (code, answer) in [(None, identity::Error::MfaRequired), (Some("000000"), identity::Error::MfaInvalid)] {
        assert!(is(&world.run(step_up(), account(Provider::Google), code).await, &answer));
    }
    assert!(world.store.all().iter().all(|it| it.changes.is_empty()));
    let at = NOON + TimeDelta::seconds(CODE_AT.0 - NOON.timestamp());
    let second = SecondFactor { totp_code: Some(Secret::new(CODE_AT.1)), ..SecondFactor::default() };
    let arrived = arrived(step_up(), account(Provider::Google));
    world.use_case().run(&Act { at, ..act() }, &arrived, &second).await.unwrap();
    let unit = world.store.all().pop().unwrap();
    let Change::Identity(identity::Change::Session(Write::Save { next, .. })) = &unit.changes[0] else { panic!() };
    assert_eq!(next.factors, Factors::of([Factor::Password, Factor::Provider, Factor::Totp]));
}
