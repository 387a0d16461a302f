mod accept;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(accept::__path_accept_invitation, accept::accept_invitation);
}
