//! What this domain needs of the world.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use kernel::{
    Act, EmailAddress, Fault, KeyId, OrganizationRef, Page, PageRequest, Secret, SessionId, Taken, Time, TokenHash,
    UserId,
};
use serde_json::Value;

use crate::model::{
    Claims, Lockout, MailRequest, PasswordHash, Session, Settings, SigningKey, Standing, StoredSettings, User, Worth,
};
use crate::redeem::Redemption;
use crate::refresh::{RefreshOutcome, Rotation};

mod factors;

pub use factors::*;

/// Reads users.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Users: Send + Sync {
    /// The user with this address, without regard to case; deleted ones too.
    async fn by_email(&self, email: &EmailAddress) -> Result<Option<User>, Fault>;

    /// The user with this id; deleted ones too.
    async fn by_id(&self, id: UserId) -> Result<Option<User>, Fault>;

    /// Whether anybody who may act administers the installation, besides this user.
    async fn has_administrator(&self, besides: Option<UserId>) -> Result<bool, Fault>;

    /// Deleted ones that were deleted at `before` or earlier and are not erased yet, at most `most`, the oldest first.
    async fn to_erase(&self, before: Time, most: u8) -> Result<Vec<User>, Fault>;
}

/// Reads sessions.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Sessions: Send + Sync {
    /// The session with this id; ended ones too.
    async fn by_id(&self, id: SessionId) -> Result<Option<Session>, Fault>;

    /// The session to which this refresh token belongs, whatever became of either, and what the token is still good for
    /// at `at`.
    async fn by_refresh_token(&self, token: &TokenHash, at: Time) -> Result<Option<(Session, Worth)>, Fault>;

    /// The user's living sessions at `at` beyond the `keep` newest.
    async fn beyond(&self, user: UserId, keep: u32, at: Time) -> Result<Vec<Session>, Fault>;

    /// The user's living sessions at `at`, the newest first.
    async fn living(&self, user: UserId, at: Time, page: PageRequest) -> Result<Page<SeenSession>, Fault>;

    /// The sessions that have ended while access tokens of theirs can still seem good at the moment `at`, each with
    /// [`Session::silent_after`] its end.
    async fn ended(&self, at: Time) -> Result<Vec<(SessionId, Time)>, Fault>;
}

/// A session, and when and from where it was last used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenSession {
    /// The session.
    pub session: Session,
    /// When; its beginning where it was not used since.
    pub last_seen_at: Time,
    /// From where.
    pub last_address: Option<IpAddr>,
}

/// What is used again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Used {
    /// A session.
    Session(SessionId),
    /// A key.
    Key(KeyId),
}

/// When something was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// What.
    pub of: Used,
    /// When.
    pub at: Time,
    /// From which address.
    pub address: Option<IpAddr>,
}

/// Keeps when sessions and keys were last used; not evidenced.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Sightings: Send + Sync {
    /// SIGHT-1 MUST keep the newest of each, in whatever order they come, and ignore those of what is not there.
    async fn keep(&self, seen: Vec<Sighting>) -> Result<(), Fault>;
}

/// A user's place in organizations, which are another domain's.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Standings: Send + Sync {
    /// The user's standing in the wanted organization; without one, in the user's only active one, where there is
    /// exactly one. `None` for unknown and deleted organizations and for those the user does not belong to.
    async fn of(&self, user: UserId, wanted: Option<OrganizationRef>) -> Result<Option<Standing>, Fault>;

    /// Whether an organization the user belongs to demands more than one factor of its members.
    async fn demand_mfa(&self, user: UserId) -> Result<bool, Fault>;

    /// Whether the user is an active member of an organization that the other one belongs to, which is not deleted.
    async fn share_organization(&self, user: UserId, other: UserId) -> Result<bool, Fault>;

    /// Names and slugs of the organizations the user belongs to: words that are no password of theirs.
    async fn words_of(&self, user: UserId) -> Result<Vec<String>, Fault>;
}

/// Uses refresh tokens up.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait RefreshTokens: Send + Sync {
    /// ROTATE-1 MUST let exactly one of any number of concurrent rotations of one token win.
    /// ROTATE-2 MUST end the session, and answer `Reused`, when the token was rotated more than
    /// [`Rotation::GRACE`] ago or its successor has been rotated; within the grace it answers `Lost`.
    /// ROTATE-3 MUST answer `Refused` for unknown and expired tokens, ended and expired sessions, sessions that do not
    /// rotate, and users who are not active.
    /// ROTATE-4 MUST read the user's standing in the session's organization in the same transaction: what comes after it must
    /// not fail, for the token is used up.
    /// ROTATE-5 MUST write `identity::rules::witness_rotation` of the outcome in the same transaction.
    /// ROTATE-6 MUST keep [`Rotation::repeat`] with the token it uses up, and answer `Repeated` with what was kept, at most
    /// [`Rotation::MOST_REPEATS`] times within [`Rotation::REPEATABLE`] and until the successor is rotated, to those who
    /// come again under the same key, however many at once; they end nothing.
    async fn rotate(&self, act: &Act, rotation: Rotation) -> Result<RefreshOutcome, Fault>;
}

/// What became of a redemption.
#[derive(Clone, Debug, PartialEq)]
pub enum Redeemed {
    /// It was good, and what it is good for has happened; the user as it is now.
    Done(Box<User>),
    /// It is unknown, used, too old, or not good for this.
    Worthless,
    /// It is good, and the new password is not: it stays good.
    PasswordUnfit,
    /// Somebody else has the address by now: it stays good.
    Taken(Taken),
}

/// Uses mailed tokens up.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait MailedTokens: Send + Sync {
    /// CLAIM-1 MUST let exactly one of any number of concurrent redemptions of one token win.
    /// CLAIM-2 MUST lock token and user, and the organizations' keys that the user answers for where the redemption asks for
    /// them, ask `identity::rules::redeem` about them, and carry out the unit it grants, or write the evidence it refuses
    /// with, in the same transaction; the token is gone where and only where a unit was granted.
    /// CLAIM-3 MUST count the try of a temporary password, durably, before the rule sees it: of any number of concurrent
    /// tries each sees another number.
    async fn redeem(&self, act: &Act, redemption: Redemption) -> Result<Redeemed, Fault>;
}

/// The wishes for mails that nobody has looked at yet.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait MailRequests: Send + Sync {
    /// WISH-1 MUST hand a wish to one claimer at a time, for a minute, on any number of nodes, the oldest first; one that was
    /// not answered comes again after that.
    async fn claim(&self, at: Time, most: u8) -> Result<Vec<MailRequest>, Fault>;
}

/// Counts the mails that strangers can have sent.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait MailAllowances: Send + Sync {
    /// ALLOW-1 MUST say yes at most `most` times within any hour that begins with the first, to any number of concurrent
    /// askers about one `whom` and `what`.
    async fn spend(&self, what: &'static str, whom: &str, most: u32, at: Time) -> Result<bool, Fault>;
}

/// What is guessed at, and counted together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guessed {
    /// The password of an address, whether there is such an account or not.
    Password(EmailAddress),
    /// The second factor of a user, of whatever kind.
    Code(UserId),
}

impl Guessed {
    /// One for all spellings.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Password(email) => email.key(),
            // No address: it holds no `@`.
            Self::Code(user) => format!("code of {user}"),
        }
    }
}

/// Whether a guess may be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may: this is the so-manieth attempt in a row, from one.
    Counted(u32),
    /// Too many have failed.
    Locked,
}

/// Counts attempts to give a password or a code.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Attempts: Send + Sync {
    /// ATTEMPT-1 MUST count before it answers, durably: of any number of concurrent attempts on one thing exactly
    /// [`Lockout::threshold`] are counted, and all others answered `Locked`, until they are forgotten.
    /// ATTEMPT-2 MUST take what has one key for one.
    /// ATTEMPT-3 MUST begin again from one when the lock began [`Lockout::release_after`] ago or earlier.
    async fn begin(&self, guessed: &Guessed, lockout: Lockout, at: Time) -> Result<Admission, Fault>;

    /// Takes one attempt back that was counted and can't have been wrong: it was not looked at, or right and then hindered
    /// by a fault.
    async fn withdraw(&self, guessed: &Guessed) -> Result<(), Fault>;
}

/// Hashes passwords, slowly on purpose, on a bounded pool of its own.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// HASHER-1 MUST salt: equal passwords get different hashes. HASHER-2 MUST answer `Overloaded` rather than queue
    /// without bound.
    async fn hash(&self, password: &Secret) -> Result<PasswordHash, Fault>;

    /// Whether it is the password. HASHER-3 MUST take as long without a hash as with one that is not outdated, and answer
    /// false.
    async fn verify(&self, password: &Secret, hash: Option<PasswordHash>) -> Result<bool, Fault>;

    /// Whether the hash was made otherwise than [`PasswordHasher::hash`] makes them now: by other parameters or another
    /// algorithm.
    fn is_outdated(&self, hash: &PasswordHash) -> bool;
}

/// Signs and reads access tokens.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
pub trait AccessTokens: Send + Sync {
    /// Signs.
    fn issue(&self, claims: &Claims) -> Result<Secret, Fault>;

    /// TOKENS-1 MUST read only what this installation signed as an access token: algorithm, keys, type, issuer and
    /// audience fixed by configuration, every claim present and of its type.
    fn read(&self, token: &str, at: Time) -> Result<Claims, TokenError>;

    /// The public keys as a JWK set (RFC 7517, section 5); empty where there are none.
    fn public_keys(&self, at: Time) -> Value;
}

/// Why an access token is worth nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// Not ours, or not an access token.
    Invalid,
    /// Ours, and too old; what it said is still good for signing out.
    Expired(Box<Claims>),
}

/// Reads the keys that sign access tokens.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait SigningKeys: Send + Sync {
    /// Those that count at `at`, the oldest first, also those that do not open.
    async fn counting(&self, at: Time) -> Result<Vec<SigningKey>, Fault>;
}

/// Reads what stands above the configuration.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait SettingsStore: Send + Sync {
    /// Nothing before the first change.
    async fn stored(&self) -> Result<StoredSettings, Fault>;
}

/// The settings as they are now: the configuration, and what stands above it.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait CurrentSettings: Send + Sync {
    /// On this node at once after a change, on others within a second.
    async fn current(&self) -> Result<Arc<Settings>, Fault>;
}
