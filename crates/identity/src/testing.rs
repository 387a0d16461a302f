//! What unit tests of this domain, and of services that link it, are made of.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::testing::NOON;
use kernel::{EmailAddress, Fault, Secret, SessionId, UserId};

use crate::model::{
    Factor, Factors, Lifetimes, PasswordHash, ProviderAccount, Session, Settings, User, UserStatus, Username,
};
use crate::ports::{CurrentSettings, PasswordHasher};
use crate::{Arrived, FlowPurpose, FlowTarget};

/// Writes `plain:` before the password and calls that a hash: fast, foreseeable, and never to be used for more than
/// tests. `plain:old:` before it stands for a hash of other parameters.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainHasher;

impl PlainHasher {
    /// The hash, without waiting for it.
    #[must_use]
    pub fn of(password: &str) -> PasswordHash {
        PasswordHash(Secret::new(format!("plain:{password}")))
    }
}

#[async_trait]
impl PasswordHasher for PlainHasher {
    async fn hash(&self, password: &Secret) -> Result<PasswordHash, Fault> {
        Ok(Self::of(password.expose()))
    }

    async fn verify(&self, password: &Secret, hash: Option<PasswordHash>) -> Result<bool, Fault> {
        let old = Self::of(&format!("old:{}", password.expose()));
        Ok(hash.is_some_and(|hash| hash == Self::of(password.expose()) || hash == old))
    }

    fn is_outdated(&self, hash: &PasswordHash) -> bool {
        hash.0.expose().starts_with("plain:old:")
    }
}

/// These settings, for ever.
#[derive(Clone, Copy, Debug, Default)]
pub struct FixedSettings(pub Settings);

#[async_trait]
impl CurrentSettings for FixedSettings {
    async fn current(&self) -> Result<Arc<Settings>, Fault> {
        Ok(Arc::new(self.0))
    }
}

/// Seed 002's example: `user@example.com`, `johndoe`, `SecurePass123!`, registered at [`NOON`], version 1.
///
/// # Panics
/// Where the domain's own forms refuse them.
#[must_use]
#[expect(clippy::expect_used, reason = "for tests only")]
pub fn johndoe(id: UserId) -> User {
    User {
        id,
        email: EmailAddress::parse("user@example.com").expect("an address"),
        username: Username::parse("johndoe").expect("a name"),
        name: None,
        avatar: None,
        password: Some(PlainHasher::of("SecurePass123!")),
        verified_at: Some(NOON),
        status: UserStatus::Active,
        administrator: false,
        deleted_at: None,
        created_at: NOON,
        version: 1,
    }
}

/// Somebody whom a provider vouches for, with nothing to tell their browser by.
#[must_use]
pub fn arrived(purpose: FlowPurpose, account: ProviderAccount) -> Arrived {
    Arrived { purpose, target: FlowTarget::Browser, account, browser: [0; 32] }
}

/// A session of this user, begun at [`NOON`] with the default lifetimes, bound to no organization.
#[must_use]
pub fn session(id: SessionId, user: UserId) -> Session {
    let lifetimes = Lifetimes::default();
    Session {
        id,
        user,
        organization: None,
        auth_time: NOON,
        factors: Factors::of([Factor::Password]),
        created_at: NOON,
        expires_at: NOON + lifetimes.session,
        access_lifetime: lifetimes.access,
        refresh_lifetime: lifetimes.refresh,
        rotates: true,
        address: None,
        agent: None,
        ended_at: None,
        version: 1,
    }
}
