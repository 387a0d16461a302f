mod create;
mod delete;
mod get;
mod list;
mod role;
mod update;

pub(crate) use role::Role;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(list::__path_list_roles, list::list_roles);
    routes.add(get::__path_get_role, get::get_role);
    routes.add(create::__path_create_role, create::create_role);
    routes.add(update::__path_update_role, update::update_role);
    routes.add(delete::__path_delete_role, delete::delete_role);
}
