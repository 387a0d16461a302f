use kernel::{OrganizationId, Permission, RoleKey, Scope, UserId};
use serde_json::{Value, json};

use crate::model::Grant;

/// What this domain announces.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// Somebody may more than before.
    PermissionGranted(Given),
    /// Somebody may less than before.
    PermissionRevoked(Given),
}

/// To whom, and what.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// To a member directly.
    Member {
        /// Where.
        organization: OrganizationId,
        /// Whom.
        user: UserId,
        /// What.
        permission: Permission,
        /// What is said of it now; absent where nothing is.
        grant: Option<Grant>,
    },
    /// To everybody with a role.
    Role {
        /// Where.
        organization: OrganizationId,
        /// With which.
        role: RoleKey,
        /// What of all that the organization knows.
        permissions: Vec<Permission>,
    },
}

impl Happening {
    /// Every event type.
    pub const ALL: &'static [&'static str] = &["permission.granted", "permission.revoked"];

    const fn given(&self) -> &Given {
        match self {
            Self::PermissionGranted(given) | Self::PermissionRevoked(given) => given,
        }
    }
}

impl kernel::Happening for Happening {
    fn code(&self) -> &'static str {
        match self {
            Self::PermissionGranted(_) => "permission.granted",
            Self::PermissionRevoked(_) => "permission.revoked",
        }
    }

    fn scope(&self) -> Scope {
        let (Given::Member { organization, .. } | Given::Role { organization, .. }) = self.given();
        Scope::Organization(*organization)
    }

    fn data(&self) -> Value {
        match self.given() {
            Given::Member { user, permission, grant, .. } => json!({
                "user_id": user,
                "permissions": [permission],
                "effect": grant.as_ref().map(|it| it.effect),
                "expires_at": grant.as_ref().and_then(|it| it.expires_at).map(kernel::rfc3339),
            }),
            Given::Role { role, permissions, .. } => json!({"role": role, "permissions": permissions}),
        }
    }
}
