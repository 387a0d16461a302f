use kernel::{Fault, Problems, Taken};

/// Why this domain says no.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input breaks rules.
    #[error("the given data was invalid")]
    Invalid(Problems),
    /// An account with this address exists.
    #[error("this email is taken")]
    EmailTaken,
    /// An account with this name exists.
    #[error("this username is taken")]
    UsernameTaken,
    /// No such account, or not its password: one answer for both.
    #[error("these credentials are not right")]
    InvalidCredentials,
    /// Too many wrong passwords in a row: this one was not looked at.
    #[error("the account is locked")]
    AccountLocked,
    /// Nobody may make an account without an invitation.
    #[error("registration is closed")]
    RegistrationClosed,
    /// Too many mails were asked for within an hour.
    #[error("too many mails")]
    TooManyMails,
    /// No such session, or not the caller's.
    #[error("no such session")]
    SessionNotFound,
    /// No such user.
    #[error("no such user")]
    UserNotFound,
    /// The account is not in a state in which this can be done.
    #[error("not in this state")]
    IllegalState,
    /// A key without an end exists for this algorithm.
    #[error("there is a signing key")]
    SigningKeyTaken,
    /// The key that signs access tokens does not open.
    #[error("the signing key in the database was sealed under another SECRET_KEY")]
    SigningKeySealed,
    /// A token that is unknown, used, too old, or of an ended session.
    #[error("this token is not valid")]
    TokenInvalid,
    /// The wanted organization is unknown, deleted, or not the user's: one answer for all.
    #[error("no such organization")]
    OrganizationNotFound,
    /// The membership in the wanted organization is suspended.
    #[error("the membership is suspended")]
    MemberSuspended,
    /// Nobody's fault but ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Taken> for Error {
    fn from(taken: Taken) -> Self {
        match taken.0 {
            "email" => Self::EmailTaken,
            "username" => Self::UsernameTaken,
            "signing_key" => Self::SigningKeyTaken,
            other => Self::Fault(Fault::defect(format!("{other} is taken"))),
        }
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Invalid(problems)
    }
}
