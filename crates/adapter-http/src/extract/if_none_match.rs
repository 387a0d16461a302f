use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::{EntityTag, Header, IfNoneMatch as Tags};

use super::{Extract, Needs};
use crate::error::ApiError;

/// What the client has already (RFC 9110, section 13.1.2).
pub(crate) struct IfNoneMatch(Option<Tags>);

impl IfNoneMatch {
    pub fn names(&self, tag: &EntityTag) -> bool {
        match &self.0 {
            None => false,
            Some(Tags::Any) => true,
            Some(Tags::Items(tags)) => tags.iter().any(|it| it.weak_eq(tag)),
        }
    }
}

impl Extract for IfNoneMatch {
    fn tell(needs: &mut Needs) {
        needs.revalidates = true;
    }

    /// One that can't be read is as good as none: the whole answer is never wrong.
    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        Ok(Self(Tags::parse(request).ok()))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[actix_web::test]
    async fn a_tag_is_named_or_not() {
        let tag = EntityTag::new_strong("b".to_owned());
        for (sent, names) in [
            (r#""b""#, true),
            (r#"W/"b""#, true),
            (r#""a", "b""#, true),
            ("*", true),
            (r#""a""#, false),
            ("b", false),
            ("", false),
        ] {
            let request = TestRequest::get().insert_header(("If-None-Match", sent)).to_http_request();
            let extracted = IfNoneMatch::extract(&request, &mut Payload::None).await.unwrap();
            assert_eq!(extracted.names(&tag), names, "{sent}");
        }
        let without = TestRequest::get().to_http_request();
        assert!(!IfNoneMatch::extract(&without, &mut Payload::None).await.unwrap().names(&tag));
    }
}
