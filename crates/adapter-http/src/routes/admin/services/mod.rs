mod create;
mod feature;
mod list;
mod list_plan_versions;
mod set_plan;
mod update;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(list::__path_list_all_services, list::list_all_services);
    routes.add(create::__path_create_service, create::create_service);
    routes.add(update::__path_update_service, update::update_service);
    routes.add(set_plan::__path_set_plan, set_plan::set_plan);
    routes.add(list_plan_versions::__path_list_plan_versions, list_plan_versions::list_plan_versions);
}
