use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::app;
use crate::cookies::Kept;
use crate::error::{ApiError, Kind};

/// A credential as it is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Presented<'a> {
    pub text: &'a str,
    /// By a cookie: whether it is meant or not.
    pub by_cookie: bool,
}

/// What is presented: `Authorization: Bearer TOKEN`, or seed 004's bare `Authorization: TOKEN`; where there is no such header,
/// a browser's cookie.
pub(super) fn presented(request: &HttpRequest) -> Result<Option<Presented<'_>>, ApiError> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let Some(header) = headers.next() else { return by_cookie(request) };
    if headers.next().is_some() {
        return Err(Kind::AMBIGUOUS_HEADER.into());
    }
    let text = token(header.to_str().map_err(|_| Kind::TOKEN_INVALID)?)?;
    Ok(text.map(|text| Presented { text, by_cookie: false }))
}

/// Browsers send cookies along with what other sites make them send: then nothing changes.
fn by_cookie(request: &HttpRequest) -> Result<Option<Presented<'_>>, ApiError> {
    let app = app(request)?;
    let access = app.cookies.shown(request, Kept::Access);
    let is_signed_in = access.is_some() || app.cookies.shown(request, Kept::Refresh).is_some();
    if is_signed_in && !request.method().is_safe() && !app.cookies.is_ours(request) {
        return Err(Kind::CSRF.into());
    }
    match access {
        // Keys belong into their header.
        Some(text) if app.access.node.keys.claims(text) => Err(Kind::TOKEN_INVALID.into()),
        access => Ok(access.map(|text| Presented { text, by_cookie: true })),
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

    #[test]
    fn two_headers_are_refused() {
        let request = actix_web::test::TestRequest::default()
            .append_header((AUTHORIZATION, "Bearer a"))
            .append_header((AUTHORIZATION, "Bearer a"))
            .to_http_request();
        assert_eq!(presented(&request).unwrap_err().kind(), Kind::AMBIGUOUS_HEADER);
    }
}
