mod get_avatar;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(get_avatar::__path_get_avatar_of, get_avatar::get_avatar_of);
}
