mod check;
mod consume;
mod correct;
mod get;
mod grant;
mod history;
mod list;
pub(super) mod meter;
mod reserve;
pub(super) mod view;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(list::__path_list_entitlements, list::list_entitlements);
    routes.add(get::__path_get_entitlement, get::get_entitlement);
    routes.add(grant::__path_grant_quota, grant::grant_quota);
    routes.add(check::__path_check, check::check);
    routes.add(consume::__path_consume, consume::consume);
    routes.add(correct::__path_correct_usage, correct::correct_usage);
    routes.add(history::__path_usage_history, history::usage_history);
    routes.add(reserve::__path_reserve, reserve::reserve);
}
