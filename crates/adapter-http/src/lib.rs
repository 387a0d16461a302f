//! The REST API: routes, doors, errors and the specification.
//!
//! Each endpoint is one file under `routes`: request, response, documentation, handler. Who may come in stands in the
//! handler's signature; the route table, the specification and the check itself are taken from there.

mod answer;
mod app;
mod configure;
mod cookies;
mod cursors;
mod docs;
mod error;
mod extract;
mod middleware;
mod pages;
mod registry;
mod routes;
mod server;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use app::{App, Part};
pub use configure::configure;
pub use cookies::Cookies;
pub use cursors::Cursors;
pub use extract::Credential;
pub use registry::RouteRow;
pub use server::serve;

/// The specification as served at `/openapi.json`.
#[must_use]
pub fn openapi(support_email: &str) -> utoipa::openapi::OpenApi {
    routes::all().document(support_email)
}

/// Every endpoint with the credential and the permission it needs.
#[must_use]
pub fn route_table() -> Vec<RouteRow> {
    routes::all().table()
}
