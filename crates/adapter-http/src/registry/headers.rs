//! The headers that answers carry, as the specification lists them.

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{ComponentsBuilder, Ref, RefOr, Response};

use super::Entry;
use crate::error::{Kind, challenge};
use crate::extract::Charge;

const REQUEST_ID: &str = "X-Request-Id";
const RETRY_AFTER: &str = "Retry-After";
const WWW_AUTHENTICATE: &str = "WWW-Authenticate";
const ETAG: &str = "ETag";
const SET_COOKIE: &str = "Set-Cookie";
const LIMITS: [&str; 5] =
    ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit", "RateLimit-Policy"];

/// What [`of_success`] and [`of_error`] refer to.
pub(super) fn components(components: ComponentsBuilder) -> ComponentsBuilder {
    let text = |description: &str| header(Type::String, description);
    let number = |description: &str| header(Type::Integer, description);
    components
        .header(REQUEST_ID, text("The request's id: what to tell support."))
        .header(RETRY_AFTER, number("After so many seconds it may be tried again."))
        .header(
            WWW_AUTHENTICATE,
            text("`Bearer`; with `error` where a token was shown that is not good enough (RFC 6750)."),
        )
        .header(ETAG, text("The tag of what is answered, for `If-None-Match`."))
        .header(SET_COOKIE, text("What a browser keeps, where it is a browser that asks."))
        .header(LIMITS[0], number("How many requests there may be."))
        .header(LIMITS[1], number("How many are left."))
        .header(LIMITS[2], number("When they are counted anew, in Unix seconds."))
        .header(LIMITS[3], text("What is left and for how many seconds (draft-ietf-httpapi-ratelimit-headers)."))
        .header(LIMITS[4], text("How many requests there may be in how many seconds, by the same draft."))
}

/// What was asked for, or where it is.
pub(super) fn of_success(entry: &Entry, response: &mut Response) {
    let limits = LIMITS.iter().filter(|_| entry.needs.charge != Charge::Free);
    let tag = entry.needs.revalidates.then_some(&ETAG);
    let cookie = entry.needs.sets_cookies.then_some(&SET_COOKIE);
    add(response, [&REQUEST_ID].into_iter().chain(tag).chain(cookie).chain(limits));
}

/// One of these errors, which share a status.
pub(super) fn of_error(mut response: Response, kinds: &[Kind]) -> Response {
    let is = |status: u16| kinds.iter().any(|it| it.status == status);
    let challenge = kinds.iter().any(|it| challenge(*it).is_some()).then_some(&WWW_AUTHENTICATE);
    let pause = (is(423) || is(429) || is(503)).then_some(&RETRY_AFTER);
    let limits = LIMITS.iter().filter(|_| is(429));
    add(&mut response, [&REQUEST_ID].into_iter().chain(challenge).chain(pause).chain(limits));
    response
}

fn add<'a>(response: &mut Response, names: impl Iterator<Item = &'a &'a str>) {
    for name in names {
        let reference = Ref::new(format!("#/components/headers/{name}"));
        response.headers.insert((*name).to_owned(), RefOr::Ref(reference));
    }
}

fn header(of: Type, description: &str) -> Header {
    let schema = ObjectBuilder::new().schema_type(SchemaType::Type(of));
    HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build()
}
