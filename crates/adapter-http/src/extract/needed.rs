//! The permissions as types, so that a handler's signature can name the one it needs.

use kernel::Permission;
use rbac::system;

pub(crate) trait Needed {
    const PERMISSION: Permission;
}

macro_rules! needed {
    ($($name:ident = $permission:ident;)*) => {$(
        pub(crate) struct $name;

        impl Needed for $name {
            const PERMISSION: Permission = system::$permission;
        }
    )*};
}

needed! {
    OrganizationView = ORGANIZATION_VIEW;
    OrganizationUpdate = ORGANIZATION_UPDATE;
    OrganizationDelete = ORGANIZATION_DELETE;
    TeamView = TEAM_VIEW;
    TeamInvite = TEAM_INVITE;
    TeamEdit = TEAM_EDIT;
    TeamRemove = TEAM_REMOVE;
    TeamManageRoles = TEAM_MANAGE_ROLES;
    ApiKeysView = API_KEYS_VIEW;
    ApiKeysManage = API_KEYS_MANAGE;
    WebhooksView = WEBHOOKS_VIEW;
    WebhooksManage = WEBHOOKS_MANAGE;
    AuditView = AUDIT_VIEW;
    AuditExport = AUDIT_EXPORT;
    EntitlementsView = ENTITLEMENTS_VIEW;
    EntitlementsManage = ENTITLEMENTS_MANAGE;
    EntitlementsConsume = ENTITLEMENTS_CONSUME;
}
