//! What this domain needs of the world.

use async_trait::async_trait;
use kernel::{Act, EmailAddress, Fault, OrganizationRef, Secret, SessionId, Time, UserId};

use crate::model::{Claims, PasswordHash, Session, Standing, User};
use crate::refresh::{RefreshOutcome, Rotation};
use crate::verify_email::Claim;

/// Reads users.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Users: Send + Sync {
    /// The user with this address, without regard to case; deleted ones too.
    async fn by_email(&self, email: &EmailAddress) -> Result<Option<User>, Fault>;

    /// The user with this id; deleted ones too.
    async fn by_id(&self, id: UserId) -> Result<Option<User>, Fault>;
}

/// Reads sessions.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Sessions: Send + Sync {
    /// The session with this id; ended ones too.
    async fn by_id(&self, id: SessionId) -> Result<Option<Session>, Fault>;

    /// The sessions that have ended while access tokens of theirs can still seem good at the moment `at`, each with
    /// [`Session::silent_after`] its end.
    async fn ended(&self, at: Time) -> Result<Vec<(SessionId, Time)>, Fault>;
}

/// A user's place in organizations, which are another domain's.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Standings: Send + Sync {
    /// The user's standing in the wanted organization; without one, in the user's only active one, where there is
    /// exactly one. `None` for unknown and deleted organizations and for those the user does not belong to.
    async fn of(&self, user: UserId, wanted: Option<OrganizationRef>) -> Result<Option<Standing>, Fault>;
}

/// Uses refresh tokens up.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait RefreshTokens: Send + Sync {
    /// ROTATE-1 MUST let exactly one of any number of concurrent rotations of one token win.
    /// ROTATE-2 MUST end the session, and answer `Reused`, when the token was rotated more than
    /// [`Rotation::GRACE`] ago or its successor has been rotated; within the grace it answers `Lost`.
    /// ROTATE-3 MUST answer `Refused` for unknown and expired tokens, ended and expired sessions, and users who are not active.
    /// ROTATE-4 MUST read the user's standing in the session's organization in the same transaction: what comes after it must
    /// not fail, for the token is used up.
    /// ROTATE-5 MUST write `identity::rules::witness_rotation` of the outcome in the same transaction.
    async fn rotate(&self, act: &Act, rotation: Rotation) -> Result<RefreshOutcome, Fault>;
}

/// Uses mailed tokens up.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait MailedTokens: Send + Sync {
    /// CLAIM-1 MUST let exactly one of any number of concurrent claims win, and answer `None` to the others, and for
    /// unknown, used and expired tokens and for those whose user has another address by now or is not active.
    /// CLAIM-2 MUST set the user's `verified_at` where it is absent, in the same transaction.
    /// CLAIM-3 MUST write `identity::rules::witness_verification` in the same transaction when the claim was won.
    async fn verify_email(&self, act: &Act, claim: Claim) -> Result<Option<User>, Fault>;
}

/// Hashes passwords, slowly on purpose, on a bounded pool of its own.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// HASHER-1 MUST salt: equal passwords get different hashes. HASHER-2 MUST answer `Overloaded` rather than queue
    /// without bound.
    async fn hash(&self, password: &Secret) -> Result<PasswordHash, Fault>;

    /// Whether it is the password. HASHER-3 MUST take as long without a hash as with one, and answer false.
    async fn verify(&self, password: &Secret, hash: Option<PasswordHash>) -> Result<bool, Fault>;
}

/// Signs and reads access tokens.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
pub trait AccessTokens: Send + Sync {
    /// Signs.
    fn issue(&self, claims: &Claims) -> Result<Secret, Fault>;

    /// TOKENS-1 MUST read only what this installation signed as an access token: algorithm, key, type, issuer and
    /// audience fixed by configuration, every claim present and of its type.
    fn read(&self, token: &str, at: Time) -> Result<Claims, TokenError>;
}

/// Why an access token is worth nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// Not ours, or not an access token.
    Invalid,
    /// Ours, and too old; what it said is still good for signing out.
    Expired(Box<Claims>),
}
