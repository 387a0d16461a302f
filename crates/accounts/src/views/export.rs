use async_trait::async_trait;
use identity::ports::SeenSession;
use identity::{Key, Passkey, ProviderIdentity, User};
use kernel::{Fault, Page, PageRequest, Time, UserId};

use super::MembershipRow;

/// What is stored of a user but for the audit log.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// The account.
    pub user: User,
    /// Its sessions, ended ones too, the newest first.
    pub sessions: Vec<SeenSession>,
    /// Where it belongs.
    pub memberships: Vec<MembershipRow>,
    /// What it was given or denied there directly.
    pub grants: Vec<rbac::Grant>,
    /// The invitations to its address.
    pub invitations: Vec<InvitationRow>,
    /// The links and temporary passwords it was mailed and may still use.
    pub mailed: Vec<MailedRow>,
    /// How many recovery codes are left; absent while multi-factor authentication is off.
    pub recovery_codes_left: Option<usize>,
    /// Its passkeys, the oldest first.
    pub passkeys: Vec<Passkey>,
    /// Its accounts at providers, the oldest first.
    pub identities: Vec<ProviderIdentity>,
    /// Its personal tokens, the newest first, each with when it was last used.
    pub tokens: Vec<(Key, Option<Time>)>,
}

/// An invitation to a user's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationRow {
    /// What people call the organization.
    pub organization: String,
    /// As what.
    pub role: String,
    /// `pending`, `accepted` or `cancelled`.
    pub status: String,
    /// When it was made.
    pub created_at: Time,
}

/// A mailed link or temporary password; itself it is not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailedRow {
    /// What it is good for.
    pub purpose: String,
    /// To which address.
    pub email: String,
    /// Until when.
    pub expires_at: Time,
}

/// All that is stored of a user.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Exports: Send + Sync {
    /// All of it as of one moment; `None` for unknown users.
    async fn of(&self, user: UserId) -> Result<Option<Export>, Fault>;

    /// The entries of the audit log that the user caused or that say something personal of it, the newest first. Of
    /// others' entries only what is personal of this user is told.
    async fn trail(&self, user: UserId, page: PageRequest) -> Result<Page<audit::Entry>, Fault>;
}
