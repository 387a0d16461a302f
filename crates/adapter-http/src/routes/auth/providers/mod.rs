//! The way through a provider and back.

mod callback;
mod exchange;
mod start;
mod target;

pub(in crate::routes) use target::target;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(start::__path_start, start::start);
    routes.add(callback::__path_callback, callback::callback);
    routes.add(exchange::__path_exchange, exchange::exchange);
}
