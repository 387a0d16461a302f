//! New users need an invitation.

use kernel::{CommitError, Taken};
use tenancy::InvitationStatus;

use super::*;

fn token() -> Token {
    act().token()
}

fn invitation(email: &str) -> tenancy::Invitation {
    let invitation = tenancy::testing::invitation(nth(70), nth(ACME), nth(INVITER), &token());
    tenancy::Invitation { email: address(email), ..invitation }
}

/// Nobody but the inviter, and this invitation.
fn inviting(invitation: tenancy::Invitation) -> World {
    let mut world = World { invitations: vec![invitation], ..World::default() };
    world.users.remove(0);
    world
}

fn added(world: &World) -> User {
    let unit = world.store.all().pop().unwrap();
    let user = unit.changes.into_iter().find_map(|it| match it {
        Change::Identity(identity::Change::User(Write::Add(it))) => Some(it),
        _ => None,
    });
    user.unwrap()
}

#[tokio::test]
async fn a_proved_address_that_is_invited_makes_a_member() {
    let world = inviting(invitation("user@example.com"));
    let outcome = world.sign_in(account(Provider::Google)).await.unwrap();
    let user = added(&world);
    assert_eq!((user.email.clone(), &user.password), (address("user@example.com"), &None));
    assert_eq!((user.username.as_str(), user.verified_at), ("user", Some(NOON)));
    assert_eq!(world.linked(), [(user.id, "4711".to_owned())]);
    assert_eq!(
        (world.opened().organization, world.opened().factors),
        (Some(nth(ACME)), Factors::of([Factor::Provider]))
    );
    let ProviderOutcome::SignedIn(signed_in) = outcome else { panic!() };
    assert_eq!((signed_in.user.id, signed_in.user.role), (user.id, Some(RoleKey::MEMBER)));
    let unit = world.store.only();
    assert!(unit.changes.iter().any(|it| matches!(it,
        Change::Tenancy(tenancy::Change::Invitation(Write::Save { next, .. })) if next.status == InvitationStatus::Accepted)));
    assert!(unit.guards.contains(&Guard::Authorization { organization: nth(ACME), version: 7 }));
}

#[tokio::test]
async fn whoever_holds_the_mailed_token_is_whom_it_was_mailed_to() {
    for provider in [Provider::Google, Provider::Microsoft] {
        let world = inviting(invitation("new@example.com"));
        let said = ProviderAccount { email: Some(address("elsewhere@example.com")), ..account(provider) };
        world.run(signing_in(Some(&token())), said, None).await.unwrap();
        assert_eq!(added(&world).email, address("new@example.com"), "and not what the provider says");
    }
}

#[tokio::test]
async fn without_an_invitation_nobody_is_made() {
    let microsoft = account(Provider::Microsoft);
    let unproven = ProviderAccount { email_verified: false, ..account(Provider::Google) };
    for account in [microsoft, unproven] {
        let outcome = inviting(invitation("user@example.com")).sign_in(account).await;
        assert!(matches!(outcome, Err(Error::Identity(identity::Error::RegistrationClosed))), "{outcome:?}");
    }
    let outcome = inviting(invitation("other@example.com")).sign_in(account(Provider::Google)).await;
    assert!(matches!(outcome, Err(Error::Identity(identity::Error::RegistrationClosed))));
}

#[tokio::test]
async fn an_invitation_that_is_used_expired_or_whose_inviter_may_no_more_makes_nobody() {
    let open = invitation("user@example.com");
    let stranger = tenancy::Invitation { invited_by: nth(99), ..open.clone() };
    let used = tenancy::Invitation { status: InvitationStatus::Accepted, ..open.clone() };
    let expired = tenancy::Invitation { expires_at: NOON, ..open.clone() };
    let beyond = tenancy::Invitation { role: RoleKey::OWNER, ..open };
    for worthless in [stranger, used, expired, beyond] {
        let world = inviting(worthless);
        let outcome = world.sign_in(account(Provider::Google)).await;
        assert!(matches!(outcome, Err(Error::Identity(identity::Error::RegistrationClosed))), "{outcome:?}");
        let outcome = world.run(signing_in(Some(&token())), account(Provider::Google), None).await;
        assert!(matches!(outcome, Err(Error::Tenancy(tenancy::Error::InvitationInvalid))), "{outcome:?}");
        let refused = |reason| ("oidc.rejected", Outcome::Refused(reason));
        assert_eq!(world.written(), [refused("not_invited"), refused("invitation_invalid")]);
        world.changed_nothing();
    }
}

#[tokio::test]
async fn of_several_the_first_that_is_still_good_counts() {
    let stranger = tenancy::Invitation { id: nth(71), invited_by: nth(99), ..invitation("user@example.com") };
    let mut world = inviting(stranger);
    world.invitations.push(invitation("user@example.com"));
    world.sign_in(account(Provider::Google)).await.unwrap();
    let unit = world.store.only();
    assert!(unit.changes.iter().any(|it| matches!(it,
        Change::Tenancy(tenancy::Change::Invitation(Write::Save { expected, .. })) if expected.id == nth(70))));
}

#[tokio::test]
async fn an_invitation_of_somebody_who_is_there_links_nobody() {
    let world = World { invitations: vec![invitation("user@example.com")], ..World::default() };
    let outcome = world.run(signing_in(Some(&token())), account(Provider::Microsoft), None).await;
    assert!(matches!(outcome, Err(Error::Identity(identity::Error::NotLinked))));
    assert_eq!(world.written(), [("oidc.rejected", Outcome::Refused("not_linked"))]);
    world.changed_nothing();
}

#[tokio::test]
async fn a_name_that_is_taken_gets_a_suffix() {
    let store = Arc::new(Units::failing([CommitError::Taken(Taken("username"))]));
    let world = World { store, ..inviting(invitation("user@example.com")) };
    world.sign_in(account(Provider::Google)).await.unwrap();
    let name = added(&world).username;
    assert!(name.as_str().starts_with("user_") && name.as_str().len() == 13, "{name}");

    let store = Arc::new(Units::failing([CommitError::Taken(Taken("email"))]));
    let world = World { store, ..inviting(invitation("user@example.com")) };
    let outcome = world.sign_in(account(Provider::Google)).await;
    assert!(matches!(outcome, Err(Error::Identity(identity::Error::EmailTaken))));
}

#[tokio::test(start_paused = true)]
async fn who_is_made_meanwhile_is_not_made_twice() {
    let store = Arc::new(Units::failing([CommitError::Stale]));
    let world = World { store, ..inviting(invitation("user@example.com")) };
    let mut invitations = MockInvitations::new();
    let used = tenancy::Invitation { status: InvitationStatus::Accepted, ..invitation("user@example.com") };
    let mut reads = vec![invitation("user@example.com"), invitation("user@example.com"), used];
    invitations.expect_open_for().returning(move |_, _: Time| Ok(vec![reads.remove(0)]));
    let use_case = world.use_case();
    let joining = Joining {
        invitations: Arc::new(invitations),
        organizations: organizations(),
        users: crate::testing::users(world.users.clone()),
        keys: Arc::new(crate::testing::keys_there(vec![])),
        node: node(vec![member(INVITER, RoleKey::ADMIN)]),
        tokens: tokens(),
    };
    let use_case = ProviderSignIn { joining: Arc::new(joining), ..use_case };
    let arrived = arrived(signing_in(None), account(Provider::Google));
    let outcome = use_case.run(&act(), &arrived, &SecondFactor::default()).await;
    assert!(matches!(outcome, Err(Error::Identity(identity::Error::RegistrationClosed))));
}
