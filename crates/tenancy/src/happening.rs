use kernel::Scope;
use serde_json::{Value, json};

use crate::model::{Invitation, Member, Organization};

/// What this domain announces.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// An organization was founded.
    OrganizationCreated(Organization),
    /// A user became a member.
    MemberAdded(Member),
    /// Somebody was invited.
    InvitationCreated(Invitation),
}

impl Happening {
    /// Every event type.
    pub const ALL: &'static [&'static str] = &["organization.created", "member.added", "invitation.created"];
}

impl kernel::Happening for Happening {
    fn code(&self) -> &'static str {
        match self {
            Self::OrganizationCreated(_) => "organization.created",
            Self::MemberAdded(_) => "member.added",
            Self::InvitationCreated(_) => "invitation.created",
        }
    }

    fn scope(&self) -> Scope {
        Scope::Organization(match self {
            Self::OrganizationCreated(it) => it.id,
            Self::MemberAdded(it) => it.organization,
            Self::InvitationCreated(it) => it.organization,
        })
    }

    fn data(&self) -> Value {
        match self {
            Self::OrganizationCreated(it) => {
                json!({"organization": {"id": it.id, "name": it.name, "slug": it.slug, "created_at": kernel::rfc3339(it.created_at)}})
            }
            Self::MemberAdded(it) => {
                json!({"member": {"user_id": it.user, "role": it.role, "status": it.status.as_str()}})
            }
            Self::InvitationCreated(it) => json!({
                "invitation": {
                    "id": it.id, "email": it.email, "role": it.role, "status": it.status.as_str(),
                    "expires_at": kernel::rfc3339(it.expires_at),
                }
            }),
        }
    }
}
