mod create;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(create::__path_create_webhook, create::create_webhook);
}
