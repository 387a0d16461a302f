mod consume;
mod get;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(get::__path_get_entitlement, get::get_entitlement);
    routes.add(consume::__path_consume, consume::consume);
}
