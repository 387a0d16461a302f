use std::borrow::Cow;

use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, HeaderMap, HeaderValue};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use identity::{Error, Renewed};
use kernel::{Act, Secret};

use super::app;
use crate::cookies::Kept;
use crate::error::{ApiError, Kind};

/// A credential as it is presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Presented<'a> {
    pub text: Cow<'a, str>,
    /// By a cookie: whether it is meant or not.
    pub by_cookie: bool,
}

/// The access token a browser is given with the answer, for its own was missing or too old.
#[derive(Clone)]
struct Fresh(Renewed);

/// What is presented: `Authorization: Bearer TOKEN`, or seed 004's bare `Authorization: TOKEN`; where there is no such header,
/// a browser's cookie.
pub(super) fn presented(request: &HttpRequest) -> Result<Option<Presented<'_>>, ApiError> {
    let Some(header) = request.headers().get(AUTHORIZATION) else { return by_cookie(request) };
    if are_two(request.headers()) {
        return Err(Kind::AMBIGUOUS_HEADER.into());
    }
    let text = token(header.to_str().map_err(|_| Kind::TOKEN_INVALID)?)?;
    Ok(text.map(|text| Presented { text: text.into(), by_cookie: false }))
}

/// Whether it can't be told which credential is meant.
pub(crate) fn are_two(headers: &HeaderMap) -> bool {
    headers.get_all(AUTHORIZATION).nth(1).is_some()
}

/// What is presented; where a browser's access token is missing or too old, what its refresh token is good for instead
/// (seed 000).
pub(super) async fn current<'a>(request: &'a HttpRequest, act: &Act) -> Result<Option<Presented<'a>>, ApiError> {
    let presented = presented(request)?;
    let app = app(request)?;
    let is_old = match &presented {
        None => is_by_cookie(request),
        Some(it) => it.by_cookie && app.tokens.read(&it.text, act.at).is_err(),
    };
    let refresh = app.cookies.shown(request, Kept::Refresh).filter(|_| is_old);
    let Some(refresh) = refresh else { return Ok(presented) };
    let text = match fresh(request) {
        Some(Fresh(it)) => it.access_token.expose().to_owned().into(),
        None => match app.renew_access.quietly(act, &Secret::new(refresh)).await {
            Ok(renewed) => {
                let text = renewed.access_token.expose().to_owned();
                request.extensions_mut().insert(Fresh(renewed));
                text.into()
            }
            // What is worth nothing is told as it would be alone.
            Err(Error::TokenInvalid) => presented.map(|it| it.text).unwrap_or_default(),
            Err(error) => return Err(error.into()),
        },
    };
    Ok(Some(Presented { text, by_cookie: true }))
}

fn fresh(request: &HttpRequest) -> Option<Fresh> {
    request.extensions().get::<Fresh>().cloned()
}

/// Gives the browser the access token that was made for this request, unless the answer gives or takes another.
pub(crate) fn hand_over(request: &HttpRequest, answer: &mut HttpResponse) {
    let (Some(Fresh(renewed)), Ok(app)) = (fresh(request), app(request)) else { return };
    let cookie = app.cookies.renew(&renewed);
    if answer.cookies().all(|it| it.name() != cookie.name()) {
        if answer.add_cookie(&cookie).is_err() {
            tracing::error!("an access token fits into no cookie");
        }
        // Not even where the rest may be kept, as pictures may.
        answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Whether cookies count: any header wins.
pub(crate) fn is_by_cookie(request: &HttpRequest) -> bool {
    !request.headers().contains_key(AUTHORIZATION)
}

/// Browsers send cookies along with what other sites make them send: then nothing changes. Nor does anything for a page of
/// another site that sends none: it could sign its visitors in as somebody else.
fn by_cookie(request: &HttpRequest) -> Result<Option<Presented<'_>>, ApiError> {
    let app = app(request)?;
    let access = app.cookies.shown(request, Kept::Access);
    if !request.method().is_safe() {
        let is_signed_in = access.is_some() || app.cookies.shown(request, Kept::Refresh).is_some();
        let is_refused =
            if is_signed_in { !app.csrf.is_proved(&app.cookies, request) } else { app.csrf.is_foreign(request) };
        if is_refused {
            return Err(Kind::CSRF.into());
        }
    }
    match access {
        // Keys belong into their header.
        Some(text) if app.access.node.keys.claims(text) => Err(Kind::TOKEN_INVALID.into()),
        access => Ok(access.map(|text| Presented { text: text.into(), by_cookie: true })),
    }
}

fn token(header: &str) -> Result<Option<&str>, ApiError> {
    let mut words = header.split_ascii_whitespace();
    match (words.next(), words.next(), words.next()) {
        (None, ..) => Ok(None),
        (Some(scheme), None, _) if scheme.eq_ignore_ascii_case("bearer") => Ok(None),
        (Some(bare), None, _) => Ok(Some(bare)),
        (Some(scheme), Some(token), None) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token)),
        _ => Err(Kind::TOKEN_INVALID.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_with_its_scheme_or_bare() {
        for header in ["Bearer abc", "bearer abc", "BEARER  abc ", "abc"] {
            assert_eq!(token(header).unwrap(), Some("abc"), "{header}");
        }
    }

    #[test]
    fn a_scheme_without_a_token_presents_nothing() {
        for header in ["", " ", "Bearer", "bearer "] {
            assert_eq!(token(header).unwrap(), None, "{header}");
        }
    }

    #[test]
    fn another_scheme_is_no_token() {
        for header in ["Basic dTpw", "Bearer abc def", "Token abc"] {
            assert_eq!(token(header).unwrap_err().kind(), Kind::TOKEN_INVALID, "{header}");
        }
    }
}
