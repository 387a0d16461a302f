mod delivery;
mod get;
mod list;
mod redeliver;

pub(super) use delivery::Delivery;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(list::__path_list_deliveries, list::list_deliveries);
    routes.add(get::__path_get_delivery, get::get_delivery);
    routes.add(redeliver::__path_redeliver, redeliver::redeliver);
}
