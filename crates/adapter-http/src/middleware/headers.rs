use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;

use super::arrival;

/// What an answer says unless it says otherwise itself, as pages do.
const DEFAULTS: [(HeaderName, &str); 4] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
];

/// For a year this host is asked by HTTPS alone (RFC 6797). Hosts below it are not ours to speak for.
const HTTPS_ALONE: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Answers are not guessed at, framed, run, cached, nor told of.
pub(crate) async fn headers(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    // RFC 6797, section 7.2: not in answers that anybody could have written.
    let is_secure = arrival(request.request()).is_ok_and(|it| it.peer.secure);
    let mut response = next.call(request).await?;
    for (name, value) in DEFAULTS {
        if !response.headers().contains_key(&name) {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
    }
    if is_secure {
        response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HTTPS_ALONE);
    }
    Ok(response)
}
