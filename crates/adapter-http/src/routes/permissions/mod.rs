mod check;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(check::__path_check_permissions, check::check_permissions);
}
