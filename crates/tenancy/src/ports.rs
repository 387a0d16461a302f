//! What this domain needs of the world.

use async_trait::async_trait;
use kernel::{Act, EmailAddress, Fault, OrganizationId, OrganizationRef, Permission, RoleKey, Time, TokenHash, UserId};

use crate::leave::Holding;
use crate::model::{Invitation, Organization};

/// Reads organizations.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Organizations: Send + Sync {
    /// The organization so named; deleted ones are none.
    async fn find(&self, wanted: &OrganizationRef) -> Result<Option<Organization>, Fault>;
}

/// Reads invitations.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Invitations: Send + Sync {
    /// The invitation with this token, whatever became of it.
    async fn by_token(&self, token: &TokenHash) -> Result<Option<Invitation>, Fault>;

    /// The pending invitations to this address that have not expired at `at`, the newest first.
    async fn open_for(&self, email: &EmailAddress, at: Time) -> Result<Vec<Invitation>, Fault>;

    /// What the address is to the organization: people are another domain's.
    async fn standing_of(&self, organization: OrganizationId, email: &EmailAddress) -> Result<Invitee, Fault>;

    /// What to call the inviter in a mail.
    async fn name_of(&self, user: UserId) -> Result<Option<String>, Fault>;
}

/// Reads what a user holds in organizations.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Holdings: Send + Sync {
    /// In every organization that is not deleted, each as of one moment.
    async fn of(&self, user: UserId) -> Result<Vec<Holding>, Fault>;
}

/// What an address is to an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invitee {
    /// Nothing yet.
    Stranger,
    /// Invited already, by this pending invitation; it may have expired.
    Invited(Box<Invitation>),
    /// A member already.
    Member,
}

/// Who may give which role: another domain's knowledge, in this one's words.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Authority: Send + Sync {
    /// Whether who acts may give the role in the organization: nobody gives a permission they do not hold, nor one that
    /// their key or token does not.
    async fn may_give(&self, organization: OrganizationId, act: &Act, role: &RoleKey) -> Result<MayGive, Fault>;
}

/// The answer, with the `authorization_version` it is true of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MayGive {
    /// Guard the unit with it.
    pub version: i64,
    /// What is in the way, if anything.
    pub verdict: Verdict,
}

/// Whether a role may be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Yes,
    /// There is no such role.
    NoSuchRole,
    /// It holds this, which the giver does not.
    Beyond(Permission),
}
