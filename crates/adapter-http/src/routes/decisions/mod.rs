mod decide;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(decide::__path_decide, decide::decide);
}
