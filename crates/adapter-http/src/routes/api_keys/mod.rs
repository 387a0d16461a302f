mod create;
mod list;
mod revoke;
mod rotate;
mod shown;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(list::__path_list_api_keys, list::list_api_keys);
    routes.add(create::__path_create_api_key, create::create_api_key);
    routes.add(revoke::__path_revoke_api_key, revoke::revoke_api_key);
    routes.add(rotate::__path_rotate_api_key, rotate::rotate_api_key);
}
