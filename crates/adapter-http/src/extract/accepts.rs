use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::{Accept, Header};

use super::Extract;
use crate::error::ApiError;

/// Whether a client wants JSON where there is a text too.
pub(crate) struct Accepts {
    pub json: bool,
}

impl Extract for Accepts {
    /// By what it ranks first of the two; who says nothing gets the text.
    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        let ranked = Accept::parse(request).map(|it| it.ranked()).unwrap_or_default();
        let first = ranked.iter().find(|it| ["text/plain", "application/json"].contains(&it.essence_str()));
        Ok(Self { json: first.is_some_and(|it| it.essence_str() == "application/json") })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[actix_web::test]
    async fn json_is_for_who_asks_for_it() {
        for (sent, json) in [
            ("application/json", true),
            ("text/html, application/json;q=0.9, */*;q=0.1", true),
            ("text/plain, application/json;q=0.5", false),
            ("text/plain;q=0.5, application/json", true),
            ("*/*", false),
            ("", false),
            ("?", false),
        ] {
            let request = TestRequest::get().insert_header(("Accept", sent)).to_http_request();
            assert_eq!(Accepts::extract(&request, &mut Payload::None).await.unwrap().json, json, "{sent}");
        }
        let without = TestRequest::get().to_http_request();
        assert!(!Accepts::extract(&without, &mut Payload::None).await.unwrap().json);
    }
}
