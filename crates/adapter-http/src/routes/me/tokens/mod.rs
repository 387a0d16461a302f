mod create;
mod list;
mod revoke;

pub(super) use list::MyToken;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(list::__path_list_tokens, list::list_tokens);
    routes.add(create::__path_create_token, create::create_token);
    routes.add(revoke::__path_revoke_token, revoke::revoke_token);
}
