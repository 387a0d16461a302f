mod confirm;
mod release;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(confirm::__path_confirm, confirm::confirm);
    routes.add(release::__path_release, release::release);
}
