mod invite;
mod list;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(list::__path_list_team, list::list_team);
    routes.add(invite::__path_invite, invite::invite);
}
