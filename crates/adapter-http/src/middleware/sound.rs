use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap};
use actix_web::middleware::Next;

use crate::error::Kind;
use crate::extract::are_two;
use crate::limits;

/// Refuses what is not right wherever it is sent, and counts it.
pub(crate) async fn sound(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match unsound(request.headers()) {
        None => next.call(request).await.map(ServiceResponse::map_into_boxed_body),
        Some(kind) => {
            let response = limits::astray(request.request().clone(), kind.into()).await;
            Ok(request.into_response(response))
        }
    }
}

/// Which of two credentials was meant nobody can tell; and no file is so long that a file's length can't say it.
fn unsound(headers: &HeaderMap) -> Option<Kind> {
    let length = headers.get(CONTENT_LENGTH).and_then(|it| it.to_str().ok());
    if are_two(headers) {
        Some(Kind::AMBIGUOUS_HEADER)
    } else if length.is_some_and(|it| it.parse::<i64>().is_err()) {
        Some(Kind::MALFORMED_REQUEST)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn one_credential_and_a_length_that_something_can_have_are_sound() {
        for (headers, kind) in [
            (&[][..], None),
            (&[("Authorization", "Bearer a"), ("Content-Length", "0")], None),
            (&[("Content-Length", "9223372036854775807")], None),
            (&[("Content-Length", "9223372036854775808")], Some(Kind::MALFORMED_REQUEST)),
            (&[("Content-Length", "18446744073709551615")], Some(Kind::MALFORMED_REQUEST)),
            (&[("Authorization", "Bearer a"), ("Authorization", "Bearer a")], Some(Kind::AMBIGUOUS_HEADER)),
            (&[("Authorization", ""), ("Authorization", "a")], Some(Kind::AMBIGUOUS_HEADER)),
        ] {
            let request = headers.iter().fold(TestRequest::get(), |it, header| it.append_header(*header));
            assert_eq!(unsound(request.to_http_request().headers()), kind, "{headers:?}");
        }
    }
}
