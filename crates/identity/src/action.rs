use kernel::{Detail, EmailAddress, OrganizationId, Outcome, Scope, SessionId, Target, UserId};

/// What this domain records.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// An account was made.
    UserCreated(UserId),
    /// A user proved its address.
    EmailVerified(UserId),
    /// A session began.
    SessionStarted {
        /// Which.
        session: SessionId,
        /// Whose.
        user: UserId,
        /// Bound to which organization.
        organization: Option<OrganizationId>,
    },
    /// A session got new tokens.
    SessionRefreshed {
        /// Which.
        session: SessionId,
        /// Whose.
        user: UserId,
        /// Bound to which organization.
        organization: Option<OrganizationId>,
    },
    /// A session was ended.
    SessionEnded {
        /// Which.
        session: SessionId,
        /// Whose.
        user: UserId,
        /// Bound to which organization.
        organization: Option<OrganizationId>,
    },
    /// A used refresh token came again: the session was ended, for it may be stolen.
    RefreshReused {
        /// Which.
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
        /// Whose it is, where it is anybody's.
        user: Option<UserId>,
        /// Why.
        reason: &'static str,
    },
}

impl Action {
    /// Every code.
    pub const ALL: &'static [&'static str] = &[
        "user.created",
        "user.email_verified",
        "session.started",
        "session.refreshed",
        "session.ended",
        "session.refresh_reused",
        "session.login_failed",
    ];
}

impl kernel::Action for Action {
    fn code(&self) -> &'static str {
        match self {
            Self::UserCreated(_) => "user.created",
            Self::EmailVerified(_) => "user.email_verified",
            Self::SessionStarted { .. } => "session.started",
            Self::SessionRefreshed { .. } => "session.refreshed",
            Self::SessionEnded { .. } => "session.ended",
            Self::RefreshReused { .. } => "session.refresh_reused",
            Self::LoginFailed { .. } => "session.login_failed",
        }
    }

    fn target(&self) -> Target {
        match self {
            Self::UserCreated(user) | Self::EmailVerified(user) => Target::new("user", user),
            Self::SessionStarted { session, .. }
            | Self::SessionRefreshed { session, .. }
            | Self::SessionEnded { session, .. }
            | Self::RefreshReused { session, .. } => Target::new("session", session),
            Self::LoginFailed { user, .. } => Target::new("user", &user.map(|it| it.to_string()).unwrap_or_default()),
        }
    }

    fn scope(&self) -> Scope {
        match self {
            Self::UserCreated(user) | Self::EmailVerified(user) => Scope::User(*user),
            Self::SessionStarted { user, organization, .. }
            | Self::SessionRefreshed { user, organization, .. }
            | Self::SessionEnded { user, organization, .. }
            | Self::RefreshReused { user, organization, .. } => {
                organization.map_or(Scope::User(*user), Scope::Organization)
            }
            Self::LoginFailed { user, .. } => user.map_or(Scope::Installation, Scope::User),
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::LoginFailed { reason, .. } => Outcome::Refused(reason),
            Self::RefreshReused { .. } => Outcome::Refused("refresh_reused"),
            _ => Outcome::Done,
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::LoginFailed { email, user, .. } => vec![Detail::personal(*user, "email", email.as_str())],
            Self::EmailVerified(_) => {
                vec![Detail { before: false.into(), ..Detail::public("is_verified", true) }]
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
        let every = [
            Action::UserCreated(user),
            Action::EmailVerified(user),
            Action::SessionStarted { session, user, organization },
            Action::SessionRefreshed { session, user, organization },
            Action::SessionEnded { session, user, organization },
            Action::RefreshReused { session, user, organization },
            Action::LoginFailed { email, user: Some(user), reason: "wrong_password" },
        ];
        assert_eq!(every.map(|it| it.code()), Action::ALL);
    }
}
