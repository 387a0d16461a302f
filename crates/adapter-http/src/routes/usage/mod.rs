mod batch;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(batch::__path_consume_batch, batch::consume_batch);
}
