use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use crate::extract::Charge;
use crate::limits;
use crate::registry::Patience;

/// Every answer to a request that was counted says how many are left.
pub(crate) async fn limits(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    let request = response.request().clone();
    limits::tell(&request, response.headers_mut());
    Ok(response)
}

/// Counts requests for what is no endpoint of the API.
pub(crate) async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let counted = limits::admit(request.request(), &mut Payload::None, &mut Patience::default(), Charge::Usual).await;
    match counted {
        Ok(()) => next.call(request).await.map(ServiceResponse::map_into_boxed_body),
        Err(error) => {
            let response = error.respond(request.request());
            Ok(request.into_response(response))
        }
    }
}
