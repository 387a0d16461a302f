mod appoint_owner;
mod change_settings;
mod get_settings;
mod get_user;
mod list_audit_logs;
mod list_organizations;
mod list_users;
mod person;
mod reactivate_user;
mod search;
mod services;
mod settings;
mod suspend_user;
mod unlock_user;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(list_users::__path_list_users, list_users::list_users);
    routes.add(get_user::__path_get_user, get_user::get_user);
    routes.add(suspend_user::__path_suspend_user, suspend_user::suspend_user);
    routes.add(reactivate_user::__path_reactivate_user, reactivate_user::reactivate_user);
    routes.add(unlock_user::__path_unlock_user, unlock_user::unlock_user);
    routes.add(list_organizations::__path_list_tenants, list_organizations::list_tenants);
    routes.add(appoint_owner::__path_appoint_owner, appoint_owner::appoint_owner);
    services::routes(routes);
    routes.add(list_audit_logs::__path_list_outside_audit_logs, list_audit_logs::list_outside_audit_logs);
    routes.add(get_settings::__path_get_settings, get_settings::get_settings);
    routes.add(change_settings::__path_change_settings, change_settings::change_settings);
}
