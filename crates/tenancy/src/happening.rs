use kernel::{RoleKey, Scope};
use serde_json::{Value, json};

use crate::model::{Invitation, Member, Organization};

/// What this domain announces.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// An organization was founded.
    OrganizationCreated(Organization),
    /// A user became a member.
    MemberAdded(Member),
    /// A user is no member any more.
    MemberRemoved(Member),
    /// A membership does not count for now.
    MemberSuspended(Member),
    /// A membership counts again.
    MemberReactivated(Member),
    /// A member has this role now.
    RoleAssigned(Member),
    /// A member has this role no more.
    RoleRemoved {
        /// As they are now.
        member: Member,
        /// Which.
        role: RoleKey,
    },
    /// An organization was changed.
    OrganizationUpdated(Organization),
    /// An organization was deleted.
    OrganizationDeleted(Organization),
    /// Somebody was invited.
    InvitationCreated(Invitation),
}

impl Happening {
    /// Every event type.
    pub const ALL: &'static [&'static str] = &[
        "organization.created",
        "organization.updated",
        "organization.deleted",
        "member.added",
        "member.removed",
        "member.suspended",
        "member.reactivated",
        "role.assigned",
        "role.removed",
        "invitation.created",
    ];
}

impl kernel::Happening for Happening {
    fn code(&self) -> &'static str {
        match self {
            Self::OrganizationCreated(_) => "organization.created",
            Self::OrganizationUpdated(_) => "organization.updated",
            Self::OrganizationDeleted(_) => "organization.deleted",
            Self::MemberAdded(_) => "member.added",
            Self::MemberRemoved(_) => "member.removed",
            Self::MemberSuspended(_) => "member.suspended",
            Self::MemberReactivated(_) => "member.reactivated",
            Self::RoleAssigned(_) => "role.assigned",
            Self::RoleRemoved { .. } => "role.removed",
            Self::InvitationCreated(_) => "invitation.created",
        }
    }

    fn scope(&self) -> Scope {
        Scope::Organization(match self {
            Self::OrganizationCreated(it) | Self::OrganizationUpdated(it) | Self::OrganizationDeleted(it) => it.id,
            Self::MemberAdded(it)
            | Self::MemberRemoved(it)
            | Self::MemberSuspended(it)
            | Self::MemberReactivated(it)
            | Self::RoleAssigned(it)
            | Self::RoleRemoved { member: it, .. } => it.organization,
            Self::InvitationCreated(it) => it.organization,
        })
    }

    fn data(&self) -> Value {
        match self {
            Self::OrganizationCreated(it) | Self::OrganizationUpdated(it) | Self::OrganizationDeleted(it) => {
                json!({"organization": {"id": it.id, "name": it.name, "slug": it.slug, "created_at": kernel::rfc3339(it.created_at)}})
            }
            Self::MemberAdded(it)
            | Self::MemberRemoved(it)
            | Self::MemberSuspended(it)
            | Self::MemberReactivated(it) => {
                json!({"member": {"user_id": it.user, "role": it.role, "status": it.status.as_str()}})
            }
            Self::RoleAssigned(it) => json!({"user_id": it.user, "role": it.role}),
            Self::RoleRemoved { member, role } => json!({"user_id": member.user, "role": role}),
            Self::InvitationCreated(it) => json!({
                "invitation": {
                    "id": it.id, "email": it.email, "role": it.role, "status": it.status.as_str(),
                    "expires_at": kernel::rfc3339(it.expires_at),
                }
            }),
        }
    }
}
