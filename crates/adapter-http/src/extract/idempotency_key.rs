use actix_web::HttpRequest;
use actix_web::dev::Payload;
use kernel::{Problems, Secret};

use super::{Extract, Needs};
use crate::error::{ApiError, Kind};

/// The header that makes a write repeatable.
pub(crate) const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// The caller's key alone, for what repeats by rules of its own.
pub(crate) struct IdempotencyKey(pub Option<Secret>);

impl Extract for IdempotencyKey {
    fn tell(needs: &mut Needs) {
        needs.repeatable = Some(
            "Lets an answer that got lost be given again: the same refresh token with the same key gets the same tokens \
             within 60 seconds, at most three times. At least 22 characters.",
        );
    }

    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        sent(request).map(Self)
    }
}

pub(super) fn sent(request: &HttpRequest) -> Result<Option<Secret>, ApiError> {
    let mut headers = request.headers().get_all(IDEMPOTENCY_KEY);
    let Some(header) = headers.next() else { return Ok(None) };
    if headers.next().is_some() {
        return Err(Kind::AMBIGUOUS_HEADER.into());
    }
    match header.to_str() {
        Ok(key) if (1..=255).contains(&key.len()) && key.bytes().all(|it| it.is_ascii_graphic()) => {
            Ok(Some(Secret::new(key)))
        }
        _ => {
            let sentence = "The Idempotency-Key header must be 1 to 255 visible ASCII characters.";
            Err(Problems::one(IDEMPOTENCY_KEY, sentence).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn keys_are_one_visible_word() {
        let sending = |key: &str| TestRequest::default().insert_header((IDEMPOTENCY_KEY, key)).to_http_request();
        assert_eq!(sent(&sending("abc-1")).unwrap().unwrap().expose(), "abc-1");
        for bad in ["", "a b", &"x".repeat(256)] {
            assert_eq!(sent(&sending(bad)).unwrap_err().kind(), Kind::INVALID, "{bad}");
        }
        let two = TestRequest::default().append_header((IDEMPOTENCY_KEY, "a")).append_header((IDEMPOTENCY_KEY, "a"));
        assert_eq!(sent(&two.to_http_request()).unwrap_err().kind(), Kind::AMBIGUOUS_HEADER);
    }
}
