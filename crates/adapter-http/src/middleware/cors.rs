use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    HeaderMap, HeaderValue, ORIGIN, VARY,
};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};
use url::Url;

use crate::App;

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
const SENT: &str = "Authorization, Content-Type, Idempotency-Key, If-None-Match, X-CSRF-Token, X-Tenant";
const SHOWN: &str = "Content-Disposition, ETag, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-CSRF-Token, \
                     X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id";
/// For how many seconds a browser need not ask again.
const MAX_AGE: &str = "600";

/// The origins whose pages may read answers, each as a browser writes it; they may send cookies, too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

impl Origins {
    /// From their texts, or else the first that is no origin.
    pub fn parse<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Result<Self, String> {
        let exact = |text: T| {
            let text = text.as_ref();
            let origin = Url::parse(text).ok().filter(|it| matches!(it.scheme(), "http" | "https"));
            let is_one = origin.is_some_and(|it| it.origin().ascii_serialization() == text) && !text.contains('*');
            if is_one { Ok(text.to_owned()) } else { Err(text.to_owned()) }
        };
        texts.into_iter().map(exact).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn has(&self, origin: &str) -> bool {
        self.0.iter().any(|it| it == origin)
    }
}

/// Browsers are told whose pages may read the answer, whatever it is.
pub(crate) async fn cors<B: MessageBody>(
    app: Data<App>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let origins = &app.edge.origins;
    if *origins == Origins::default() {
        return next.call(request).await.map(ServiceResponse::map_into_left_body);
    }
    let listed = listed(origins, request.headers());
    let asks_first =
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if asks_first && listed.is_some() {
        let mut answer = HttpResponse::NoContent();
        answer
            .insert_header((ACCESS_CONTROL_ALLOW_METHODS, METHODS))
            .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, SENT))
            .insert_header((ACCESS_CONTROL_MAX_AGE, MAX_AGE));
        request.into_response(answer.finish()).map_into_right_body()
    } else {
        next.call(request).await?.map_into_left_body()
    };
    let headers = response.headers_mut();
    // Whoever keeps an answer for others must not show them what was allowed to one.
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = listed {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(SHOWN));
    }
    Ok(response)
}

fn listed(origins: &Origins, headers: &HeaderMap) -> Option<HeaderValue> {
    let mut sent = headers.get_all(ORIGIN);
    let origin = sent.next().filter(|it| it.to_str().is_ok_and(|it| origins.has(it)));
    origin.filter(|_| sent.next().is_none()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_writes_and_nothing_more() {
        for good in
            ["https://app.example.com", "https://app.example.com:8443", "http://localhost:3000", "https://[::1]:1"]
        {
            assert!(Origins::parse([good]).is_ok_and(|it| it.has(good)), "{good}");
        }
        for bad in [
            "",
            "*",
            "null",
            "app.example.com",
            "https://*.example.com",
            "https://app.example.com/",
            "https://app.example.com/path",
            "https://app.example.com?q",
            "https://app.example.com#f",
            "https://user@app.example.com",
            "https://APP.example.com",
            "HTTPS://app.example.com",
            "https://app.example.com:443",
            "https://app.example.com ",
            "ftp://app.example.com",
            "file:///",
            "https://",
        ] {
            assert_eq!(Origins::parse(["https://app.example.com", bad]), Err(bad.to_owned()));
        }
    }
}
