mod change_role;
mod grant;
mod grant_permission;
mod permissions;
mod reactivate;
mod remove;
mod revoke_grant;
mod suspend;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(change_role::__path_change_role, change_role::change_role);
    routes.add(suspend::__path_suspend_member, suspend::suspend_member);
    routes.add(reactivate::__path_reactivate_member, reactivate::reactivate_member);
    routes.add(remove::__path_remove_member, remove::remove_member);
    routes.add(permissions::__path_list_member_permissions, permissions::list_member_permissions);
    routes.add(grant_permission::__path_grant_permission, grant_permission::grant_permission);
    routes.add(revoke_grant::__path_revoke_grant, revoke_grant::revoke_grant);
}
