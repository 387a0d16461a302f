mod check;
mod declare;
mod details;
mod holders;
mod list;
mod withdraw;

pub(super) use details::PermissionDetails;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(check::__path_check_permissions, check::check_permissions);
    routes.add(list::__path_list_permissions, list::list_permissions);
    routes.add(declare::__path_declare_permission, declare::declare_permission);
    routes.add(withdraw::__path_withdraw_permission, withdraw::withdraw_permission);
    routes.add(holders::__path_list_holders, holders::list_holders);
}
