mod link;
mod list;
mod unlink;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(list::__path_list_identities, list::list_identities);
    routes.add(link::__path_link_identity, link::link_identity);
    routes.add(unlink::__path_unlink_identity, unlink::unlink_identity);
}
