mod access;
mod activity;
mod security;
mod sheet;
mod span;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(access::__path_report_access, access::report_access);
    routes.add(activity::__path_report_activity, activity::report_activity);
    routes.add(security::__path_report_security, security::report_security);
}
