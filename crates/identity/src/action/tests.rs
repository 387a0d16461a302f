use kernel::Action as _;
use kernel::testing::nth;

use super::*;

#[test]
fn all_lists_every_code() {
    let (session, user, organization) = (nth(1), nth(2), None);
    let email = EmailAddress::parse("user@example.com").unwrap();
    let kind = MailRequestKind::Verification;
    let in_session = |deed| Action::Session { deed, session, user, organization };
    let with = |deed| Action::Credential { deed, user };
    let every = [
        Action::UserCreated(user),
        Action::RegistrationConcealed(Some(user)),
        Action::UserUpdated(user),
        Action::EmailVerified(user),
        Action::EmailChangeRequested(user),
        Action::EmailChanged(user),
        Action::EmailChangeUndone(user),
        Action::PasswordChanged(user),
        Action::PasswordReset(user),
        Action::UserDeleted(user),
        Action::UserRecovered(user),
        Action::UserErased(user),
        Action::UserExported(user),
        Action::UserSuspended(user),
        Action::UserReactivated(user),
        Action::AdministratorCreated(user),
        Action::SessionsEnded(user),
        in_session(SessionDeed::Started),
        in_session(SessionDeed::Refreshed),
        in_session(SessionDeed::RefreshRepeated),
        in_session(SessionDeed::SteppedUp),
        in_session(SessionDeed::OrganizationSwitched),
        in_session(SessionDeed::Ended),
        in_session(SessionDeed::RefreshReused),
        in_session(SessionDeed::RefreshLost),
        Action::LoginFailed { email: email.clone(), user: Some(user), reason: "wrong_password" },
        Action::PasswordRefused { user, reason: "wrong_password" },
        Action::UserLocked { email: email.clone(), user: Some(user) },
        Action::UserUnlocked { email: email.clone(), user: Some(user) },
        Action::PasswordResetFailed { email: email.clone(), user: Some(user) },
        Action::MailRequested { kind, email: email.clone() },
        Action::MailRequestAnswered { kind, email, user: None, refused: None },
        Action::SettingsUpdated,
        Action::SigningKeyCreated(nth(3)),
        with(CredentialDeed::MfaSetUp),
        with(CredentialDeed::MfaEnabled),
        with(CredentialDeed::MfaDisabled),
        with(CredentialDeed::RecoveryCodesReplaced),
        with(CredentialDeed::RecoveryCodeUsed),
        with(CredentialDeed::CodesBlocked),
        Action::CodeRefused { user, reason: "wrong_code" },
        with(CredentialDeed::PasskeyAdded),
        with(CredentialDeed::PasskeyRemoved),
        Action::ProofRejected { by: "passkey", user: Some(user), reason: "bad_signature" },
        with(CredentialDeed::IdentityLinked),
        with(CredentialDeed::IdentityUnlinked),
        Action::ProofRejected { by: "google", user: None, reason: "denied" },
    ];
    let keys = [KeyOwner::Organization(nth(4)), KeyOwner::User(user)].into_iter().flat_map(|owner| {
        [KeyDeed::Created, KeyDeed::Rotated, KeyDeed::Revoked].map(|deed| Action::Key { deed, key: nth(5), owner })
    });
    let every: Vec<_> = every.into_iter().chain(keys).map(|it| it.code()).collect();
    assert_eq!(every, Action::ALL);
}

#[test]
fn a_key_concerns_its_owner() {
    for (owner, scope, target) in [
        (KeyOwner::Organization(nth(4)), Scope::Organization(nth(4)), "api_key"),
        (KeyOwner::User(nth(2)), Scope::User(nth(2)), "personal_token"),
    ] {
        let action = Action::Key { deed: KeyDeed::Revoked, key: nth(5), owner };
        assert_eq!((action.scope(), action.target()), (scope, Target::new(target, &nth::<KeyId>(5))));
    }
}

#[test]
fn what_happens_in_a_session_concerns_its_organization_or_else_its_user() {
    let (session, user) = (nth(1), nth(2));
    for (organization, scope) in [(Some(nth(3)), Scope::Organization(nth(3))), (None, Scope::User(user))] {
        for deed in [
            SessionDeed::Started,
            SessionDeed::Refreshed,
            SessionDeed::RefreshRepeated,
            SessionDeed::SteppedUp,
            SessionDeed::OrganizationSwitched,
            SessionDeed::Ended,
            SessionDeed::RefreshReused,
            SessionDeed::RefreshLost,
        ] {
            let action = Action::Session { deed, session, user, organization };
            assert_eq!((action.scope(), action.target()), (scope, Target::new("session", &session)), "{action:?}");
        }
    }
}

#[test]
fn what_is_said_of_an_address_concerns_its_owner_or_else_the_installation() {
    let email = EmailAddress::parse("user@example.com").unwrap();
    let kind = MailRequestKind::Verification;
    for (user, scope) in [(Some(nth(2)), Scope::User(nth(2))), (None, Scope::Installation)] {
        for action in [
            Action::LoginFailed { email: email.clone(), user, reason: "wrong_password" },
            Action::UserLocked { email: email.clone(), user },
            Action::UserUnlocked { email: email.clone(), user },
            Action::PasswordResetFailed { email: email.clone(), user },
            Action::MailRequestAnswered { kind, email: email.clone(), user, refused: None },
        ] {
            assert_eq!(action.scope(), scope, "{action:?}");
            let told: Vec<_> = action.details().into_iter().filter(|it| it.key == "email").collect();
            assert_eq!(told, [Detail::personal(user, "email", "user@example.com")], "{action:?}");
        }
    }
}

#[test]
fn what_was_refused_says_so() {
    let email = EmailAddress::parse("user@example.com").unwrap();
    let kind = MailRequestKind::Verification;
    let answered = |refused| Action::MailRequestAnswered { kind, email: email.clone(), user: None, refused };
    assert_eq!(answered(None).outcome(), Outcome::Done);
    assert_eq!(answered(Some("unknown_email")).outcome(), Outcome::Refused("unknown_email"));
    let reused = Action::of_session(SessionDeed::RefreshReused, &crate::world::johns_session());
    assert_eq!(reused.outcome(), Outcome::Refused("refresh_reused"));
}
