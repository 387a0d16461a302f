mod invitations;
mod invite;
mod list;
mod member;
mod members;
mod permissions;
mod roles;

pub(super) use member::Member;
pub(super) use roles::Role;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(list::__path_list_team, list::list_team);
    routes.add(invite::__path_invite, invite::invite);
    invitations::routes(routes);
    members::routes(routes);
    roles::routes(routes);
    routes.add(permissions::__path_list_team_permissions, permissions::list_team_permissions);
}
