//! What this domain needs of the world.

use async_trait::async_trait;
use kernel::{
    Act, EmailAddress, Fault, Guard, InvitationId, OrganizationId, OrganizationRef, Page, PageRequest, Permission,
    RoleKey, Slug, Time, TokenHash, UserId,
};

use crate::Error;

use crate::leave::Holding;
use crate::model::{Invitation, Organization, Place};

/// Reads organizations.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Organizations: Send + Sync {
    /// The organization that is or was named so; deleted ones are none.
    async fn find(&self, wanted: &OrganizationRef) -> Result<Option<Organization>, Fault>;

    /// Deleted ones that were deleted at `before` or earlier and are not erased yet, at most `most`, the oldest first.
    async fn to_erase(&self, before: Time, most: u8) -> Result<Vec<Organization>, Fault>;

    /// The organization with this id while it is deleted and not erased.
    async fn deleted(&self, id: OrganizationId) -> Result<Option<Organization>, Fault>;

    /// Which organization has or had this slug, deleted ones too: never more than one.
    async fn id_of(&self, slug: &Slug) -> Result<Option<OrganizationId>, Fault>;
}

/// Reads invitations.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Invitations: Send + Sync {
    /// The invitation with this token, whatever became of it.
    async fn by_token(&self, token: &TokenHash) -> Result<Option<Invitation>, Fault>;

    /// The organization's invitation with this id, whatever became of it.
    async fn by_id(&self, organization: OrganizationId, id: InvitationId) -> Result<Option<Invitation>, Fault>;

    /// The organization's invitations that are neither used nor taken back, expired ones too, the oldest first. A cursor that
    /// is not one begins anew.
    async fn pending(&self, organization: OrganizationId, page: PageRequest) -> Result<Page<Invitation>, Fault>;

    /// The pending invitations to this address that have not expired at `at`, the newest first.
    async fn open_for(&self, email: &EmailAddress, at: Time) -> Result<Vec<Invitation>, Fault>;

    /// What each address is to the organization, in their order: people are another domain's.
    async fn standings_of(&self, organization: OrganizationId, emails: &[EmailAddress]) -> Result<Vec<Invitee>, Fault>;

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

/// Reads members.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Members: Send + Sync {
    /// PLACE-1 MUST read, in one consistent moment, the user's place in the organization, deleted or not, and what makes it
    /// the last owner's. `None` where they are no member.
    async fn place(&self, organization: OrganizationId, user: UserId) -> Result<Option<Place>, Fault>;
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

/// Who may do what: another domain's knowledge, in this one's words. It was asked at the door, and is asked again with every
/// decision, so that one that is made anew is made on what holds then. `None` for organizations that are gone.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Authority: Send + Sync {
    /// Whether who acts holds the permission.
    async fn may(
        &self,
        organization: OrganizationId,
        act: &Act,
        permission: &Permission,
    ) -> Result<Option<Ruling>, Fault>;

    /// Whether who acts may invite with the role: nobody gives a permission they do not hold, nor one that their key or token
    /// does not.
    async fn may_give(&self, organization: OrganizationId, act: &Act, role: &RoleKey) -> Result<Option<Ruling>, Fault>;

    /// Whether who acts may act on the member, for which the permission is needed: nobody acts on somebody above them.
    /// Everybody may act on themselves, unless they are suspended or act by what narrows them.
    async fn may_act_on(
        &self,
        organization: OrganizationId,
        act: &Act,
        user: UserId,
        needed: &Permission,
    ) -> Result<Option<Ruling>, Fault>;
}

impl dyn Authority {
    /// The version that who acts holds the permission at; an error where they do not.
    pub(crate) async fn require(
        &self,
        organization: OrganizationId,
        act: &Act,
        permission: &Permission,
    ) -> Result<Guard, Error> {
        let ruling = self.may(organization, act, permission).await?.ok_or(Error::NotFound)?;
        match ruling.verdict {
            Verdict::Yes => Ok(Guard::Authorization { organization, version: ruling.version }),
            Verdict::NoSuchRole | Verdict::Beyond(_) => Err(Error::Beyond(permission.to_string())),
        }
    }
}

/// The answer, with the `authorization_version` it is true of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// Guard the unit with it.
    pub version: i64,
    /// What is in the way, if anything.
    pub verdict: Verdict,
}

/// Whether they may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They may.
    Yes,
    /// There is no such role.
    NoSuchRole,
    /// The role or the member holds this, which who acts does not: a permission, or a wildcard as roles hold them.
    Beyond(String),
}
