use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest};
use kernel::{Fault, Time};
use tracing::field::Empty;
use tracing::{Instrument, Span, debug, error_span, info};

use super::Peer;
use crate::{App, Spans};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Asked every few seconds by machines: told of only to who wants to know everything.
const QUIET: [&str; 4] = ["/livez", "/readyz", "/metrics", "/status"];

/// What is settled the moment a request arrives.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub at: Time,
    pub request_id: String,
    pub peer: Peer,
}

/// Gives the request its moment, its id and its span, and tells what came of it. Of what was sent only the method is told, and
/// which route it met: paths, queries and headers carry secrets.
pub(crate) async fn request(
    app: Data<App>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let at = app.clock.now();
    let begun = Instant::now();
    let request_id = app.ids.uuid(at).to_string();
    let method = known(request.method());
    // Of the highest level, so that lines of every level name the request.
    let span = error_span!(
        target: "request", "request", request_id, otel.kind = Empty, http.request.method = Empty, http.route = Empty,
        http.response.status_code = Empty
    );
    if let Some(spans) = app.operations.spans {
        let sent = |name: &str| request.headers().get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
        span.record("otel.kind", "server");
        (spans.adopt)(&span, sent("traceparent"), sent("tracestate"));
    }
    let header = HeaderValue::from_str(&request_id);
    let peer = Peer::of(&request, &app.edge.proxies);
    request.extensions_mut().insert(Arrival { at, request_id, peer });
    async move {
        let under_way = app.operations.traffic.begin();
        let mut response = next.call(request).await?;
        if let Ok(header) = header {
            response.headers_mut().insert(X_REQUEST_ID, header);
        }
        let (route, status) = (response.request().match_pattern(), response.status().as_u16());
        let took = begun.elapsed();
        tell(method, route.as_deref(), status, took);
        if let Some(spans) = app.operations.spans {
            trace(spans, method, route.as_deref(), status);
        }
        under_way.answered(method, route, status, took);
        Ok(response)
    }
    .instrument(span)
    .await
}

fn tell(method: &str, route: Option<&str>, status: u16, took: Duration) {
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    if route.is_some_and(|it| QUIET.contains(&it)) {
        debug!(target: "request", method, route, status, milliseconds, "answered");
    } else {
        info!(target: "request", method, route, status, milliseconds, "answered");
    }
}

/// What a trace calls the request. Said last, so that no line repeats it.
fn trace(spans: Spans, method: &str, route: Option<&str>, status: u16) {
    let span = Span::current();
    (spans.name)(&span, route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}")));
    span.record("http.request.method", method);
    span.record("http.response.status_code", status);
    if let Some(route) = route {
        span.record("http.route", route);
    }
}

/// A method by its name where it is one of the usual ones: anybody may send others.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|it| *it == method.as_str()).unwrap_or("other")
}

pub(crate) fn arrival(request: &HttpRequest) -> Result<Arrival, Fault> {
    let arrival = request.extensions().get::<Arrival>().cloned();
    arrival.ok_or_else(|| Fault::defect("a request came in past the middleware"))
}

/// The request's id, for its answer.
pub(crate) fn request_id(request: &HttpRequest) -> String {
    arrival(request).map(|it| it.request_id).unwrap_or_default()
}
