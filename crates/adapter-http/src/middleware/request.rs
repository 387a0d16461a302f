use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest};
use kernel::{Fault, Time};
use tracing::Instrument;

use crate::App;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is settled the moment a request arrives.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub at: Time,
    pub request_id: String,
}

/// Gives the request its moment, its id and its span. The span holds the path and nothing else of what was sent:
/// queries and headers carry secrets.
pub(crate) async fn request(
    app: Data<App>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let at = app.clock.now();
    let request_id = app.ids.uuid(at).to_string();
    let span = tracing::info_span!("request", id = request_id, method = %request.method(), path = ?request.path());
    let header = HeaderValue::from_str(&request_id);
    request.extensions_mut().insert(Arrival { at, request_id });
    async move {
        let mut response = next.call(request).await?;
        if let Ok(header) = header {
            response.headers_mut().insert(X_REQUEST_ID, header);
        }
        let milliseconds = (app.clock.now() - at).num_milliseconds();
        tracing::info!(status = response.status().as_u16(), milliseconds, "answered");
        Ok(response)
    }
    .instrument(span)
    .await
}

pub(crate) fn arrival(request: &HttpRequest) -> Result<Arrival, Fault> {
    let arrival = request.extensions().get::<Arrival>().cloned();
    arrival.ok_or_else(|| Fault::defect("a request came in past the middleware"))
}

/// The request's id, for its answer.
pub(crate) fn request_id(request: &HttpRequest) -> String {
    arrival(request).map(|it| it.request_id).unwrap_or_default()
}
