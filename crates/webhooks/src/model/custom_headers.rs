use std::collections::BTreeMap;

use kernel::Secret;

/// Headers that a receiver wants besides: they may be its credentials, so their values are sealed at rest and told to nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomHeaders(BTreeMap<String, Secret>);

const TOO_MANY: &str = "The headers field must hold at most 20 headers.";
const BAD_NAME: &str = "The headers field must name headers by at most 100 letters, digits and hyphens.";
const RESERVED: &str = "The headers field names a header that is not an endpoint's to set.";
const TWICE: &str = "The headers field must name each header once, in large or small letters.";
const BAD_VALUE: &str = "The headers field must give values of 1 to 1000 printable ASCII characters.";

/// What says where a request goes, how it is framed, what is in it, or whom it passed.
const OURS: [&str; 20] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "max-forwards",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-http-method-override",
    "x-real-ip",
];
/// `metadata` opens the doors of clouds' metadata services.
const OURS_BEGIN: [&str; 7] = ["webhook-", "proxy-", "x-forwarded-", "sec-", "metadata", "x-aws-ec2-", "x-google-"];

impl CustomHeaders {
    const MOST: usize = 20;

    /// What is right about them, or a sentence about what is wrong. Names are kept in lower case.
    pub fn parse(headers: impl IntoIterator<Item = (String, Secret)>) -> Result<Self, &'static str> {
        let mut all = BTreeMap::new();
        for (name, value) in headers {
            let name = name.to_ascii_lowercase();
            let is_name = |it: &str| it.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if !(1..=100).contains(&name.len()) || !is_name(&name) {
                return Err(BAD_NAME);
            }
            if OURS.contains(&name.as_str()) || OURS_BEGIN.iter().any(|it| name.starts_with(it)) {
                return Err(RESERVED);
            }
            let text = value.expose();
            // Space at an end would be lost on the way.
            let is_plain = text.bytes().all(|b| (b' '..=b'~').contains(&b)) && text.trim() == text;
            if !(1..=1000).contains(&text.len()) || !is_plain {
                return Err(BAD_VALUE);
            }
            if all.insert(name, value).is_some() {
                return Err(TWICE);
            }
        }
        if all.len() > Self::MOST { Err(TOO_MANY) } else { Ok(Self(all)) }
    }

    /// From storage, where they were checked.
    #[must_use]
    pub fn stored(headers: impl IntoIterator<Item = (String, Secret)>) -> Self {
        Self(headers.into_iter().collect())
    }

    /// Their names, in order: all that is ever told of them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// As sent, and as stored, sealed.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, value: &str) -> Result<CustomHeaders, &'static str> {
        CustomHeaders::parse([(name.to_owned(), Secret::new(value))])
    }

    #[test]
    fn ordinary_headers_pass_in_lower_case() {
        let headers = CustomHeaders::parse([
            ("X-Api-Key".to_owned(), Secret::new("k")),
            ("Authorization".to_owned(), Secret::new("Bearer x y")),
        ]);
        let headers = headers.unwrap();
        assert_eq!(headers.names().collect::<Vec<_>>(), ["authorization", "x-api-key"]);
        let all: Vec<_> = headers.iter().map(|(name, value)| (name, value.expose())).collect();
        assert_eq!(all, [("authorization", "Bearer x y"), ("x-api-key", "k")]);
        assert!(!format!("{headers:?}").contains("Bearer"));
    }

    #[test]
    fn wh_03_what_is_not_an_endpoints_to_set_is_refused() {
        for reserved in [
            "Host",
            "HOST",
            "Content-Length",
            "content-type",
            "Transfer-Encoding",
            "Connection",
            "Keep-Alive",
            "TE",
            "Trailer",
            "Upgrade",
            "Proxy-Authorization",
            "webhook-id",
            "Webhook-Signature",
            "X-Forwarded-For",
            "Metadata-Flavor",
            "X-aws-ec2-metadata-token",
            "X-Google-Metadata-Request",
            "User-Agent",
        ] {
            assert_eq!(parse(reserved, "x"), Err(RESERVED), "{reserved}");
        }
        for name in ["", "X\r\nY", "X Y", "X:", "X_Y", "ü", "\0", &"x".repeat(101)] {
            assert_eq!(parse(name, "x"), Err(BAD_NAME), "{name}");
        }
        for value in ["", " ", "a\r\nb: c", "a\nb", "a\0", "ü", " a", "a\t", &"x".repeat(1001)] {
            assert_eq!(parse("x-y", value), Err(BAD_VALUE), "{value}");
        }
    }

    #[test]
    fn one_header_has_one_value() {
        let both = ["X-A", "x-a"].map(|it| (it.to_owned(), Secret::new("x")));
        assert_eq!(CustomHeaders::parse(both), Err(TWICE));
    }

    #[test]
    fn there_are_at_most_twenty() {
        let of = |n: usize| CustomHeaders::parse((0..n).map(|i| (format!("x-{i}"), Secret::new("x"))));
        assert!(of(20).is_ok());
        assert_eq!(of(21), Err(TOO_MANY));
    }
}
