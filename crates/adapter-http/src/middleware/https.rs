use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};

use super::arrival;
use crate::App;
use crate::error::{ApiError, Kind};

/// What whoever watches over the process asks from beside it; it tells nothing, and takes nothing.
pub(crate) const WATCHED: [&str; 2] = ["/livez", "/readyz"];

/// Where HTTPS is required, plain HTTP is refused and never sent on: whatever came with it has been read along.
pub(crate) async fn https<B: MessageBody>(
    app: Data<App>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    match refusal(&app, &request) {
        Some(refusal) => Ok(request.into_response(refusal).map_into_right_body()),
        None => next.call(request).await.map(ServiceResponse::map_into_left_body),
    }
}

fn refusal(app: &App, request: &ServiceRequest) -> Option<HttpResponse> {
    if !app.edge.require_https || WATCHED.contains(&request.path()) {
        return None;
    }
    match arrival(request.request()) {
        Ok(arrival) if arrival.peer.secure => None,
        Ok(_) => Some(ApiError::from(Kind::HTTPS_REQUIRED).respond(request.request())),
        Err(fault) => Some(ApiError::from(fault).respond(request.request())),
    }
}
