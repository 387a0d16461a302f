mod livez;
mod readyz;

use crate::registry::{Place, Routes};

pub(super) fn routes(routes: &mut Routes) {
    routes.add_at(Place::Root, livez::__path_livez, livez::livez);
    routes.add_at(Place::Root, readyz::__path_readyz, readyz::readyz);
}
