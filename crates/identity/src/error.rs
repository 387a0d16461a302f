use kernel::{Fault, Problems, Taken};

/// Why this domain says no.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input breaks rules.
    #[error("the given data was invalid")]
    Invalid(Problems),
    /// What was sent is no picture.
    #[error("not a picture")]
    NotAPicture,
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
    /// A second factor is asked for, and none was given.
    #[error("a second factor is required")]
    MfaRequired,
    /// The second factor is not right, or was used before.
    #[error("the second factor is not right")]
    MfaInvalid,
    /// The code was right once, and used: told to nobody.
    #[error("the second factor is not right")]
    MfaUsed,
    /// Too many wrong codes in a row: none is looked at for a while.
    #[error("too many wrong codes")]
    TooManyCodes,
    /// An organization demands a second factor of this user.
    #[error("a second factor is demanded")]
    MfaDemanded,
    /// The address must be proved first.
    #[error("the email address is not verified")]
    EmailNotVerified,
    /// What a passkey or a provider said is not believed, or nobody's here.
    #[error("this proof is not believed")]
    ProofInvalid,
    /// The ceremony, or the way through the provider, was not begun here, not by this browser, or too long ago.
    #[error("not begun here")]
    StateInvalid,
    /// An account with this address exists: its owner links this one after signing in.
    #[error("an account with this address exists")]
    NotLinked,
    /// The provider's account belongs to another user, or this user has another one there.
    #[error("the identity is linked already")]
    IdentityTaken,
    /// This passkey is known.
    #[error("the passkey is known")]
    PasskeyTaken,
    /// It is the last way in.
    #[error("this is the last way in")]
    LastWayIn,
    /// This is not configured.
    #[error("not offered")]
    NotOffered,
    /// No such passkey, or not the caller's.
    #[error("no such passkey")]
    PasskeyNotFound,
    /// No such identity, or not the caller's.
    #[error("no such identity")]
    IdentityNotFound,
    /// No such key, or not the caller's.
    #[error("no such key")]
    KeyNotFound,
    /// There are as many as there may be.
    #[error("too many")]
    TooMany,
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
            "identity" => Self::IdentityTaken,
            "passkey" => Self::PasskeyTaken,
            other => Self::Fault(Fault::defect(format!("{other} is taken"))),
        }
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Invalid(problems)
    }
}
