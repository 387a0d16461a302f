use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use crate::error::{ApiError, Kind};

/// The access token that is presented: `Authorization: Bearer TOKEN`, or seed 004's bare `Authorization: TOKEN`.
pub(super) fn presented(request: &HttpRequest) -> Result<Option<&str>, ApiError> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let Some(header) = headers.next() else { return Ok(None) };
    if headers.next().is_some() {
        return Err(Kind::AMBIGUOUS_HEADER.into());
    }
    token(header.to_str().map_err(|_| Kind::TOKEN_INVALID)?)
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
