use kernel::{Detail, EmailAddress, KeyId, OrganizationId, Outcome, Scope, SessionId, SigningKeyId, Target, UserId};

use crate::model::{KeyOwner, MailRequestKind, Session};

mod deeds;

pub use deeds::{CredentialDeed, KeyDeed, SessionDeed};

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
    /// A user took along all that is stored about them.
    UserExported(UserId),
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
    /// Something happened to a user's ways to prove who they are.
    Credential {
        /// What.
        deed: CredentialDeed,
        /// Whose.
        user: UserId,
    },
    /// A code that was asked for was not right, or not looked at.
    CodeRefused {
        /// Whose.
        user: UserId,
        /// Why.
        reason: &'static str,
    },
    /// What a provider or a passkey said was not believed.
    ProofRejected {
        /// By whom or what it was said: `google`, `microsoft`, `passkey`.
        by: &'static str,
        /// Whom it concerns, where that is known.
        user: Option<UserId>,
        /// Why.
        reason: &'static str,
    },
    /// Something happened to a key or token.
    Key {
        /// What.
        deed: KeyDeed,
        /// To which.
        key: KeyId,
        /// In whose name it acts.
        owner: KeyOwner,
    },
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
        "user.exported",
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
        "session.refresh_lost",
        "session.login_failed",
        "user.password_refused",
        "user.locked",
        "user.unlocked",
        "user.password_reset_failed",
        "user.mail_requested",
        "user.mail_request_answered",
        "settings.updated",
        "signing_key.created",
        "mfa.set_up",
        "mfa.enabled",
        "mfa.disabled",
        "mfa.recovery_codes_replaced",
        "mfa.recovery_code_used",
        "mfa.blocked",
        "mfa.refused",
        "passkey.added",
        "passkey.removed",
        "passkey.rejected",
        "identity.linked",
        "identity.unlinked",
        "oidc.rejected",
        "api_key.created",
        "api_key.rotated",
        "api_key.revoked",
        "personal_token.created",
        "personal_token.rotated",
        "personal_token.revoked",
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
            | Self::UserExported(user)
            | Self::UserSuspended(user)
            | Self::UserReactivated(user)
            | Self::AdministratorCreated(user)
            | Self::SessionsEnded(user)
            | Self::Session { user, .. }
            | Self::Credential { user, .. }
            | Self::CodeRefused { user, .. }
            | Self::Key { owner: KeyOwner::User(user), .. }
            | Self::PasswordRefused { user, .. } => Some(*user),
            Self::LoginFailed { user, .. }
            | Self::UserLocked { user, .. }
            | Self::UserUnlocked { user, .. }
            | Self::PasswordResetFailed { user, .. }
            | Self::MailRequestAnswered { user, .. }
            | Self::ProofRejected { user, .. }
            | Self::RegistrationConcealed(user) => *user,
            Self::MailRequested { .. }
            | Self::SettingsUpdated
            | Self::SigningKeyCreated(_)
            | Self::Key { owner: KeyOwner::Organization(_), .. } => None,
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
            Self::UserExported(_) => "user.exported",
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
            Self::Credential { deed, .. } => deed.code(),
            Self::CodeRefused { .. } => "mfa.refused",
            Self::ProofRejected { by: "passkey", .. } => "passkey.rejected",
            Self::ProofRejected { .. } => "oidc.rejected",
            Self::Key { deed, owner, .. } => match (owner, deed) {
                (KeyOwner::Organization(_), KeyDeed::Created) => "api_key.created",
                (KeyOwner::Organization(_), KeyDeed::Rotated) => "api_key.rotated",
                (KeyOwner::Organization(_), KeyDeed::Revoked) => "api_key.revoked",
                (KeyOwner::User(_), KeyDeed::Created) => "personal_token.created",
                (KeyOwner::User(_), KeyDeed::Rotated) => "personal_token.rotated",
                (KeyOwner::User(_), KeyDeed::Revoked) => "personal_token.revoked",
            },
        }
    }

    fn target(&self) -> Target {
        match self {
            Self::SettingsUpdated => Target::new("settings", "settings"),
            Self::SigningKeyCreated(key) => Target::new("signing_key", key),
            Self::Session { session, .. } => Target::new("session", session),
            Self::Key { key, owner: KeyOwner::Organization(_), .. } => Target::new("api_key", key),
            Self::Key { key, .. } => Target::new("personal_token", key),
            _ => Target::new("user", &self.user().map(|it| it.to_string()).unwrap_or_default()),
        }
    }

    fn scope(&self) -> Scope {
        if let Self::Session { organization: Some(organization), .. }
        | Self::Key { owner: KeyOwner::Organization(organization), .. } = self
        {
            return Scope::Organization(*organization);
        }
        self.user().map_or(Scope::Installation, Scope::User)
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::LoginFailed { reason, .. }
            | Self::PasswordRefused { reason, .. }
            | Self::CodeRefused { reason, .. }
            | Self::ProofRejected { reason, .. }
            | Self::MailRequestAnswered { refused: Some(reason), .. } => Outcome::Refused(reason),
            Self::RegistrationConcealed(_) => Outcome::Refused("email_taken"),
            Self::Session { deed: SessionDeed::RefreshReused, .. } => Outcome::Refused("refresh_reused"),
            Self::Session { deed: SessionDeed::RefreshLost, .. } => Outcome::Refused("just_rotated"),
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
            Self::ProofRejected { by, .. } => vec![Detail::public("by", *by)],
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
mod tests;
