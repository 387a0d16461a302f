mod changelog;
mod livez;
mod metrics;
mod readyz;
mod status;

use crate::registry::{Place, Routes};

pub(super) fn routes(routes: &mut Routes) {
    routes.add_at(Place::Root, livez::__path_livez, livez::livez);
    routes.add_at(Place::Root, readyz::__path_readyz, readyz::readyz);
    routes.add_at(Place::Root, status::__path_status, status::status);
    routes.add_at(Place::Root, changelog::__path_changelog, changelog::changelog);
    routes.add_at(Place::Metrics, metrics::__path_metrics, metrics::metrics);
}
