//! The REST API: routes, doors, errors and the specification.
//!
//! Each endpoint is one file under `routes`: request, response, documentation, handler. Who may come in stands in the
//! handler's signature; the route table, the specification and the check itself are taken from there.

mod answer;
mod app;
mod configure;
mod cookies;
mod csrf;
mod cursors;
mod docs;
mod edge;
mod error;
mod extract;
mod limits;
mod metrics_server;
mod middleware;
mod operations;
mod pages;
mod registry;
mod routes;
mod server;
mod signed_out;
mod specification;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod tls;

pub use app::App;
pub use configure::configure;
pub use cookies::Cookies;
pub use csrf::Csrf;
pub use cursors::Cursors;
pub use edge::Edge;
pub use extract::Credential;
pub use limits::{LimitTable, RequestLimits};
pub use metrics_server::serve_metrics;
pub use middleware::{Origins, TrustedProxies};
pub use operations::{Draining, Operations, Part, Parts, Sample, SampleKind, Source, Spans, Traffic};
pub use registry::RouteRow;
pub use server::serve;
pub use tls::{BadTls, Certificate, TlsFiles};

/// The specification as served at `/openapi.json`.
#[must_use]
pub fn openapi(support_email: &str) -> serde_json::Value {
    specification::openapi_3_1(support_email)
}

/// The same as served at `/openapi-3.0.json`.
#[must_use]
pub fn openapi_3_0(support_email: &str) -> serde_json::Value {
    specification::openapi_3_0(&openapi(support_email))
}

/// Every endpoint with the credential and the permission it needs.
#[must_use]
pub fn route_table() -> Vec<RouteRow> {
    routes::all().table()
}
