mod authorization_snapshot;
mod create;
mod delete;
mod get;
mod get_logo;
mod leave;
mod list;
mod members;
mod organization;
mod remove_logo;
mod restore;
mod set_logo;
mod transfer_ownership;
mod update;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(create::__path_create_organization, create::create_organization);
    routes.add(list::__path_list_organizations, list::list_organizations);
    routes.add(get::__path_get_organization, get::get_organization);
    routes.add(update::__path_update_organization, update::update_organization);
    routes.add(delete::__path_delete_organization, delete::delete_organization);
    routes.add(restore::__path_restore_organization, restore::restore_organization);
    routes.add(members::__path_list_members, members::list_members);
    routes.add(leave::__path_leave_organization, leave::leave_organization);
    routes.add(transfer_ownership::__path_transfer_ownership, transfer_ownership::transfer_ownership);
    routes.add(
        authorization_snapshot::__path_get_authorization_snapshot,
        authorization_snapshot::get_authorization_snapshot,
    );
    routes.add(get_logo::__path_get_logo, get_logo::get_logo);
    routes.add(set_logo::__path_set_logo, set_logo::set_logo);
    routes.add(remove_logo::__path_remove_logo, remove_logo::remove_logo);
}
