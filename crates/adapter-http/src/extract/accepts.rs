use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::{Accept, Header};

use super::Extract;
use crate::error::ApiError;

/// What a client would rather have, the best first.
pub(crate) struct Accepts(Vec<String>);

impl Accepts {
    pub const JSON: &str = "application/json";
    pub const TEXT: &str = "text/plain";
    pub const HTML: &str = "text/html";
    pub const MARKDOWN: &str = "text/markdown";

    /// Of what there is, what it ranks first; who names none of it gets the first.
    pub fn choose<'a>(&self, offered: &[&'a str]) -> &'a str {
        let usual = offered.first().copied().unwrap_or_default();
        let mut wanted = self.0.iter().map(|it| match it.as_str() {
            "*/*" => Some(usual),
            wanted => offered.iter().copied().find(|it| *it == wanted),
        });
        wanted.find_map(|it| it).unwrap_or(usual)
    }
}

impl Extract for Accepts {
    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        let ranked = Accept::parse(request).map(|it| it.ranked()).unwrap_or_default();
        Ok(Self(ranked.iter().map(|it| it.essence_str().to_owned()).collect()))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[actix_web::test]
    async fn the_first_that_there_is_is_chosen() {
        const OFFERED: [&str; 3] = [Accepts::TEXT, Accepts::JSON, Accepts::HTML];
        for (sent, chosen) in [
            ("application/json", Accepts::JSON),
            ("image/png, application/json;q=0.9, */*;q=0.1", Accepts::JSON),
            ("text/plain, application/json;q=0.5", Accepts::TEXT),
            ("text/plain;q=0.5, application/json", Accepts::JSON),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Accepts::HTML),
            ("image/png, */*;q=0.5, application/json;q=0.1", Accepts::TEXT),
            ("*/*", Accepts::TEXT),
            ("", Accepts::TEXT),
            ("?", Accepts::TEXT),
        ] {
            let request = TestRequest::get().insert_header(("Accept", sent)).to_http_request();
            let accepts = Accepts::extract(&request, &mut Payload::None).await.unwrap();
            assert_eq!(accepts.choose(&OFFERED), chosen, "{sent}");
        }
        let without = TestRequest::get().to_http_request();
        assert_eq!(Accepts::extract(&without, &mut Payload::None).await.unwrap().choose(&OFFERED), Accepts::TEXT);
    }
}
