use kernel::{Detail, EmailAddress, OrganizationId, Outcome, Scope, SessionId, SigningKeyId, Target, UserId};

use crate::model::{MailRequestKind, Session};

/// What this domain records.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// An account was made.
    UserCreated(UserId),
    /// Somebody tried to make an account with an address that is taken, by this user where that is known, and was not told.
    RegistrationConcealed(Option<UserId>),
    /// A user changed what is told of it.
    UserUpdated(UserId),
    /// A user proved its address.
    EmailVerified(UserId),
    /// A user asked for another address.
    EmailChangeRequested(UserId),
    /// A user has another address.
    EmailChanged(UserId),
    /// A change of address was taken back.
    EmailChangeUndone(UserId),
    /// A user changed its password.
    PasswordChanged(UserId),
    /// A user set a new password by a mailed one.
    PasswordReset(UserId),
    /// A user asked for its account to be deleted.
    UserDeleted(UserId),
    /// A user took the deletion back.
    UserRecovered(UserId),
    /// What was personal of a deleted user is gone.
    UserErased(UserId),
    /// A platform administrator stopped an account.
    UserSuspended(UserId),
    /// A platform administrator let an account go on.
    UserReactivated(UserId),
    /// A user administers the installation from now on.
    AdministratorCreated(UserId),
    /// All of a user's sessions were ended.
    SessionsEnded(UserId),
    /// Something happened to a session.
    Session {
        /// What.
        deed: SessionDeed,
        /// To which.
        session: SessionId,
        /// Whose.
        user: UserId,
        /// Bound to which organization.
        organization: Option<OrganizationId>,
    },
    /// A sign-in was refused.
    LoginFailed {
        /// The address that was tried.
        email: EmailAddress,
        /// Whose it is, where it is anybody's and was looked at.
        user: Option<UserId>,
        /// Why.
        reason: &'static str,
    },
    /// Somebody signed in gave a password that was not right, or not looked at.
    PasswordRefused {
        /// Who.
        user: UserId,
        /// Why.
        reason: &'static str,
    },
    /// Too many wrong passwords in a row: none is looked at any more.
    UserLocked {
        /// The address that was tried.
        email: EmailAddress,
        /// Whose it is, where it is anybody's.
        user: Option<UserId>,
    },
    /// The failures were forgotten by somebody who may.
    UserUnlocked {
        /// The address.
        email: EmailAddress,
        /// Whose it is, where it is anybody's.
        user: Option<UserId>,
    },
    /// A temporary password was tried in vain.
    PasswordResetFailed {
        /// The address that was given.
        email: EmailAddress,
        /// Whose it is, where it is anybody's.
        user: Option<UserId>,
    },
    /// Somebody wished for a mail.
    MailRequested {
        /// Which.
        kind: MailRequestKind,
        /// To which address.
        email: EmailAddress,
    },
    /// A wish for a mail was looked at.
    MailRequestAnswered {
        /// Which.
        kind: MailRequestKind,
        /// To which address.
        email: EmailAddress,
        /// Whose it is, where it is anybody's.
        user: Option<UserId>,
        /// Why nothing was sent; absent where something was.
        refused: Option<&'static str>,
    },
    /// Settings were changed.
    SettingsUpdated,
    /// A key that signs access tokens was made.
    SigningKeyCreated(SigningKeyId),
}

/// What happens to sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionDeed {
    /// It began.
    Started,
    /// It got new tokens.
    Refreshed,
    /// It was told its new tokens again.
    RefreshRepeated,
    /// A factor was given anew in it.
    SteppedUp,
    /// It was bound to another organization.
    OrganizationSwitched,
    /// It was ended.
    Ended,
    /// A used refresh token of it came again: it was ended, for it may be stolen.
    RefreshReused,
}

impl SessionDeed {
    const fn code(self) -> &'static str {
        match self {
            Self::Started => "session.started",
            Self::Refreshed => "session.refreshed",
            Self::RefreshRepeated => "session.refresh_repeated",
            Self::SteppedUp => "session.stepped_up",
            Self::OrganizationSwitched => "session.organization_switched",
            Self::Ended => "session.ended",
            Self::RefreshReused => "session.refresh_reused",
        }
    }
}

impl Action {
    /// Every code.
    pub const ALL: &'static [&'static str] = &[
        "user.created",
        "user.registration_concealed",
        "user.updated",
        "user.email_verified",
        "user.email_change_requested",
        "user.email_changed",
        "user.email_change_undone",
        "user.password_changed",
        "user.password_reset",
        "user.deleted",
        "user.recovered",
        "user.erased",
        "user.suspended",
        "user.reactivated",
        "user.administrator_created",
        "user.sessions_ended",
        "session.started",
        "session.refreshed",
        "session.refresh_repeated",
        "session.stepped_up",
        "session.organization_switched",
        "session.ended",
        "session.refresh_reused",
        "session.login_failed",
        "user.password_refused",
        "user.locked",
        "user.unlocked",
        "user.password_reset_failed",
        "user.mail_requested",
        "user.mail_request_answered",
        "settings.updated",
        "signing_key.created",
    ];

    /// This happened to this session.
    #[must_use]
    pub const fn of_session(deed: SessionDeed, session: &Session) -> Self {
        let Session { id, user, organization, .. } = *session;
        Self::Session { deed, session: id, user, organization }
    }

    /// Whom it is about, where that is known.
    const fn user(&self) -> Option<UserId> {
        match self {
            Self::UserCreated(user)
            | Self::UserUpdated(user)
            | Self::EmailVerified(user)
            | Self::EmailChangeRequested(user)
            | Self::EmailChanged(user)
            | Self::EmailChangeUndone(user)
            | Self::PasswordChanged(user)
            | Self::PasswordReset(user)
            | Self::UserDeleted(user)
            | Self::UserRecovered(user)
            | Self::UserErased(user)
            | Self::UserSuspended(user)
            | Self::UserReactivated(user)
            | Self::AdministratorCreated(user)
            | Self::SessionsEnded(user)
            | Self::Session { user, .. }
            | Self::PasswordRefused { user, .. } => Some(*user),
            Self::LoginFailed { user, .. }
            | Self::UserLocked { user, .. }
            | Self::UserUnlocked { user, .. }
            | Self::PasswordResetFailed { user, .. }
            | Self::MailRequestAnswered { user, .. }
            | Self::RegistrationConcealed(user) => *user,
            Self::MailRequested { .. } | Self::SettingsUpdated | Self::SigningKeyCreated(_) => None,
        }
    }
}

impl kernel::Action for Action {
    fn code(&self) -> &'static str {
        match self {
            Self::UserCreated(_) => "user.created",
            Self::RegistrationConcealed(_) => "user.registration_concealed",
            Self::UserUpdated(_) => "user.updated",
            Self::EmailVerified(_) => "user.email_verified",
            Self::EmailChangeRequested(_) => "user.email_change_requested",
            Self::EmailChanged(_) => "user.email_changed",
            Self::EmailChangeUndone(_) => "user.email_change_undone",
            Self::PasswordChanged(_) => "user.password_changed",
            Self::PasswordReset(_) => "user.password_reset",
            Self::UserDeleted(_) => "user.deleted",
            Self::UserRecovered(_) => "user.recovered",
            Self::UserErased(_) => "user.erased",
            Self::UserSuspended(_) => "user.suspended",
            Self::UserReactivated(_) => "user.reactivated",
            Self::AdministratorCreated(_) => "user.administrator_created",
            Self::SessionsEnded(_) => "user.sessions_ended",
            Self::Session { deed, .. } => deed.code(),
            Self::LoginFailed { .. } => "session.login_failed",
            Self::PasswordRefused { .. } => "user.password_refused",
            Self::UserLocked { .. } => "user.locked",
            Self::UserUnlocked { .. } => "user.unlocked",
            Self::PasswordResetFailed { .. } => "user.password_reset_failed",
            Self::MailRequested { .. } => "user.mail_requested",
            Self::MailRequestAnswered { .. } => "user.mail_request_answered",
            Self::SettingsUpdated => "settings.updated",
            Self::SigningKeyCreated(_) => "signing_key.created",
        }
    }

    fn target(&self) -> Target {
        match self {
            Self::SettingsUpdated => Target::new("settings", "settings"),
            Self::SigningKeyCreated(key) => Target::new("signing_key", key),
            Self::Session { session, .. } => Target::new("session", session),
            _ => Target::new("user", &self.user().map(|it| it.to_string()).unwrap_or_default()),
        }
    }

    fn scope(&self) -> Scope {
        if let Self::Session { organization: Some(organization), .. } = self {
            return Scope::Organization(*organization);
        }
        self.user().map_or(Scope::Installation, Scope::User)
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::LoginFailed { reason, .. }
            | Self::PasswordRefused { reason, .. }
            | Self::MailRequestAnswered { refused: Some(reason), .. } => Outcome::Refused(reason),
            Self::RegistrationConcealed(_) => Outcome::Refused("email_taken"),
            Self::Session { deed: SessionDeed::RefreshReused, .. } => Outcome::Refused("refresh_reused"),
            Self::PasswordResetFailed { .. } => Outcome::Refused("invalid_credentials"),
            _ => Outcome::Done,
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::LoginFailed { email, user, .. }
            | Self::UserLocked { email, user }
            | Self::UserUnlocked { email, user }
            | Self::PasswordResetFailed { email, user } => vec![Detail::personal(*user, "email", email.as_str())],
            Self::MailRequested { kind, email } => {
                vec![Detail::public("mail", kind.as_str()), Detail::personal(None, "email", email.as_str())]
            }
            Self::MailRequestAnswered { kind, email, user, .. } => {
                vec![Detail::public("mail", kind.as_str()), Detail::personal(*user, "email", email.as_str())]
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Action as _;
    use kernel::testing::nth;

    use super::*;

    #[test]
    fn all_lists_every_code() {
        let (session, user, organization) = (nth(1), nth(2), None);
        let email = EmailAddress::parse("user@example.com").unwrap();
        let kind = MailRequestKind::Verification;
        let in_session = |deed| Action::Session { deed, session, user, organization };
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
            Action::LoginFailed { email: email.clone(), user: Some(user), reason: "wrong_password" },
            Action::PasswordRefused { user, reason: "wrong_password" },
            Action::UserLocked { email: email.clone(), user: Some(user) },
            Action::UserUnlocked { email: email.clone(), user: Some(user) },
            Action::PasswordResetFailed { email: email.clone(), user: Some(user) },
            Action::MailRequested { kind, email: email.clone() },
            Action::MailRequestAnswered { kind, email, user: None, refused: None },
            Action::SettingsUpdated,
            Action::SigningKeyCreated(nth(3)),
        ];
        assert_eq!(every.map(|it| it.code()), Action::ALL);
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
}
