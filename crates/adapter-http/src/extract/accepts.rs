use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::{Accept, Header, Quality};

use super::Extract;
use crate::error::ApiError;

/// What a client would like, and how much.
pub(crate) struct Accepts(Accept);

impl Accepts {
    pub const JSON: &str = "application/json";
    pub const TEXT: &str = "text/plain";
    pub const HTML: &str = "text/html";
    pub const MARKDOWN: &str = "text/markdown";

    /// Of what there is, what is liked best; the first of equals, and where nothing is liked.
    pub fn choose<'a>(&self, offered: &[&'a str]) -> &'a str {
        let liked = offered.iter().rev().map(|it| (self.quality(it), *it));
        liked.max_by_key(|(quality, _)| *quality).map(|(_, it)| it).unwrap_or_default()
    }

    /// What the range says that speaks of it most exactly (RFC 9110, section 12.5.1).
    fn quality(&self, offered: &str) -> Quality {
        let whole = offered.split_once('/').map_or(offered, |(whole, _)| whole);
        let exactness = |range: &str| match range {
            it if it == offered => Some(2),
            "*/*" => Some(0),
            it => (it.strip_suffix("/*") == Some(whole)).then_some(1),
        };
        let speaking = self.0.iter().filter_map(|it| Some((exactness(it.item.essence_str())?, it.quality)));
        speaking.max().map_or(Quality::ZERO, |(_, quality)| quality)
    }
}

impl Extract for Accepts {
    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        Ok(Self(Accept::parse(request).unwrap_or_else(|_| Accept::star())))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[actix_web::test]
    async fn what_is_liked_best_is_chosen() {
        const OFFERED: [&str; 3] = [Accepts::TEXT, Accepts::JSON, Accepts::HTML];
        for (sent, chosen) in [
            ("application/json", Accepts::JSON),
            ("image/png, application/json;q=0.9, */*;q=0.1", Accepts::JSON),
            ("text/plain, application/json;q=0.5", Accepts::TEXT),
            ("text/plain;q=0.5, application/json", Accepts::JSON),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Accepts::HTML),
            ("image/png, */*;q=0.5, application/json;q=0.1", Accepts::TEXT),
            ("text/html;q=0", Accepts::TEXT),
            ("text/html;q=0, */*;q=0.1", Accepts::TEXT),
            ("text/plain;q=0, */*;q=0.1", Accepts::JSON),
            ("text/*;q=0, */*", Accepts::JSON),
            ("text/*;q=0.5, application/json;q=0.4", Accepts::TEXT),
            ("text/*;q=0.3, application/json;q=0.4, text/html;q=0.5", Accepts::HTML),
            ("text/html;q=0.2, application/json;q=0.9", Accepts::JSON),
            ("text/html, application/json", Accepts::JSON),
            ("TEXT/HTML", Accepts::HTML),
            ("*/*;q=0", Accepts::TEXT),
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
