mod list;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(list::__path_list_services, list::list_services);
}
