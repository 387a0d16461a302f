//! What unit tests of this domain, and of services that link it, are made of.

use kernel::testing::NOON;
use kernel::{EmailAddress, InvitationId, OrganizationId, RoleKey, Slug, Token, UserId};

use crate::Invite;
use crate::model::{Invitation, InvitationStatus, Organization, OrganizationName};

/// Acme, `acme`, founded at [`NOON`], version 1.
///
/// # Panics
/// Where the domain's own forms refuse it.
#[must_use]
#[expect(clippy::expect_used, reason = "for tests only")]
pub fn acme(id: OrganizationId) -> Organization {
    Organization {
        id,
        name: OrganizationName::parse("Acme").expect("a name"),
        slug: Slug::parse("acme").expect("a slug"),
        require_mfa: false,
        logo: None,
        created_at: NOON,
        deleted_at: None,
        erased_at: None,
        version: 1,
    }
}

/// An invitation of `user@example.com` as a member, sent by this user at [`NOON`] with this token, version 1.
///
/// # Panics
/// Where the kernel's own forms refuse the address.
#[must_use]
#[expect(clippy::expect_used, reason = "for tests only")]
pub fn invitation(id: InvitationId, organization: OrganizationId, invited_by: UserId, token: &Token) -> Invitation {
    Invitation {
        id,
        organization,
        email: EmailAddress::parse("user@example.com").expect("an address"),
        role: RoleKey::MEMBER,
        token: token.hash(),
        invited_by,
        key: None,
        status: InvitationStatus::Pending,
        created_at: NOON,
        expires_at: NOON + Invite::LIFETIME,
        version: 1,
    }
}
