mod get;
mod organization;
mod update;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(get::__path_get_organization, get::get_organization);
    routes.add(update::__path_update_organization, update::update_organization);
}
