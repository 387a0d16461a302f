//! The permissions and roles every organization has (contract section 5).

use kernel::{Permission, RoleId, RoleKey};
use uuid::Uuid;

use crate::model::{Pattern, Role};

macro_rules! permissions {
    ($(#[doc = $doc:literal] $name:ident = $key:literal;)*) => {
        $(
            #[doc = $doc]
            pub const $name: Permission = Permission::known($key);
        )*

        /// All of them, with what they are for.
        pub const PERMISSIONS: &[(Permission, &str)] = &[$(($name, $doc)),*];
    };
}

permissions! {
    /// See the organization.
    ORGANIZATION_VIEW = "organization.view";
    /// Change the organization.
    ORGANIZATION_UPDATE = "organization.update";
    /// Delete the organization.
    ORGANIZATION_DELETE = "organization.delete";
    /// See the members and their roles.
    TEAM_VIEW = "team.view";
    /// Invite people.
    TEAM_INVITE = "team.invite";
    /// Reactivate members.
    TEAM_EDIT = "team.edit";
    /// Suspend and remove members.
    TEAM_REMOVE = "team.remove";
    /// Give roles and permissions.
    TEAM_MANAGE_ROLES = "team.manage_roles";
    /// See the API keys.
    API_KEYS_VIEW = "api_keys.view";
    /// Make and revoke API keys.
    API_KEYS_MANAGE = "api_keys.manage";
    /// See the webhooks and their deliveries.
    WEBHOOKS_VIEW = "webhooks.view";
    /// Make, change and remove webhooks.
    WEBHOOKS_MANAGE = "webhooks.manage";
    /// Read the audit log.
    AUDIT_VIEW = "audit.view";
    /// Export the audit log.
    AUDIT_EXPORT = "audit.export";
    /// See what the organization is entitled to.
    ENTITLEMENTS_VIEW = "entitlements.view";
    /// Subscribe, change plans, cancel.
    ENTITLEMENTS_MANAGE = "entitlements.manage";
    /// Use up quotas.
    ENTITLEMENTS_CONSUME = "entitlements.consume";
}

/// The system's roles, the most powerful first.
pub const PLACES: [RoleKey; 3] = [RoleKey::OWNER, RoleKey::ADMIN, RoleKey::MEMBER];

/// The same in every installation, so that who keeps a role by its id can keep these.
fn id(n: u128) -> RoleId {
    Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0000 + n).into()
}

/// Owner, admin and member.
#[must_use]
pub fn roles() -> Vec<Role> {
    let of = |resource: &str| Pattern::Resource(resource.to_owned());
    let role = |n: u128, key: RoleKey, name: &str, permissions: Vec<Pattern>| Role {
        id: id(n),
        key,
        name: name.to_owned(),
        permissions,
        inherits: Vec::new(),
        is_system: true,
    };
    vec![
        role(1, RoleKey::OWNER, "Owner", vec![Pattern::All]),
        role(
            2,
            RoleKey::ADMIN,
            "Admin",
            vec![
                Pattern::One(ORGANIZATION_VIEW),
                Pattern::One(ORGANIZATION_UPDATE),
                of("team"),
                of("api_keys"),
                of("webhooks"),
                Pattern::One(AUDIT_VIEW),
                Pattern::One(AUDIT_EXPORT),
                of("entitlements"),
            ],
        ),
        role(
            3,
            RoleKey::MEMBER,
            "Member",
            vec![
                Pattern::One(ORGANIZATION_VIEW),
                Pattern::One(TEAM_VIEW),
                Pattern::One(ENTITLEMENTS_VIEW),
                Pattern::One(ENTITLEMENTS_CONSUME),
            ],
        ),
    ]
}
