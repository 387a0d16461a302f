//! What a browser's cookies change must come from a page that may change it: browsers say where a request comes from, and
//! where they do not, a header shows it that no other site's page can send.

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderName, ORIGIN};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use url::Url;

use crate::cookies::{Cookies, Kept};
use crate::middleware::arrival;
use crate::{Edge, Origins};

pub(crate) const X_CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Tells where requests come from.
#[derive(Clone)]
pub struct Csrf {
    /// Where a page of ours can come from: on loopback both by name and by address.
    ours: Vec<String>,
    listed: Origins,
    mac: Hmac<Sha256>,
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// From a page of ours, or one of `PORTCULLIS_CORS_ORIGINS`.
    Ours,
    /// From a page of another site, or one that hides it.
    Elsewhere,
    /// From no page, or from a browser that does not say.
    Unsaid,
}

impl Csrf {
    #[must_use]
    pub fn new(public_url: &Url, edge: &Edge, key: &[u8; 32]) -> Self {
        let mut ours = vec![public_url.origin().ascii_serialization()];
        for host in ["localhost", "127.0.0.1"] {
            let mut same = public_url.clone();
            if Cookies::is_plain(public_url) && same.set_host(Some(host)).is_ok() {
                ours.push(same.origin().ascii_serialization());
            }
        }
        // HMAC itself fills a key up with zeros to a block of SHA-256.
        let mut block = [0; 64];
        block[..32].copy_from_slice(key);
        Self { ours, listed: edge.origins.clone(), mac: Hmac::new(&block.into()) }
    }

    /// What shows that a page could read the answer it is told in, together with the cookie of that answer.
    pub(crate) fn token(&self, kept: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.mac.clone().chain_update(kept).finalize().into_bytes())
    }

    /// Whether the request surely comes from elsewhere.
    pub(crate) fn is_foreign(&self, request: &HttpRequest) -> bool {
        self.source(request) == Source::Elsewhere
    }

    /// Whether the request surely comes from where it may.
    pub(crate) fn is_proved(&self, cookies: &Cookies, request: &HttpRequest) -> bool {
        match self.source(request) {
            Source::Ours => true,
            Source::Elsewhere => false,
            Source::Unsaid => {
                let kept = cookies.shown(request, Kept::Csrf);
                kept.zip(only(request, &X_CSRF_TOKEN)).is_some_and(|(kept, token)| self.has_made(kept, token))
            }
        }
    }

    fn has_made(&self, kept: &str, token: &str) -> bool {
        let decoded = URL_SAFE_NO_PAD.decode(token);
        decoded.is_ok_and(|it| self.mac.clone().chain_update(kept).verify_slice(&it).is_ok())
    }

    fn source(&self, request: &HttpRequest) -> Source {
        // Pages can't make a browser say otherwise (Fetch, section 3.2; Fetch Metadata, section 2.4).
        let site = only(request, &SEC_FETCH_SITE);
        match only(request, &ORIGIN) {
            Some(origin) if self.knows(request, origin) => Source::Ours,
            // Pages that hide where they are still come from where they come.
            Some("null") | None if site == Some("same-origin") => Source::Ours,
            None if !request.headers().contains_key(ORIGIN) && matches!(site, None | Some("none")) => Source::Unsaid,
            Some(_) | None => Source::Elsewhere,
        }
    }

    /// Ours it is also where the browser has come by another name than the public URL's.
    fn knows(&self, request: &HttpRequest, origin: &str) -> bool {
        let secure = arrival(request).is_ok_and(|it| it.peer.secure);
        let host =
            only(request, &HOST).or_else(|| request.uri().authority().map(actix_web::http::uri::Authority::as_str));
        let host = host.filter(|it| !it.is_empty());
        let named = origin.strip_prefix(if secure { "https://" } else { "http://" });
        self.ours.iter().any(|it| it == origin) || self.listed.has(origin) || (host.is_some() && named == host)
    }
}

/// The one value of a header.
fn only<'a>(request: &'a HttpRequest, name: &HeaderName) -> Option<&'a str> {
    let mut values = request.headers().get_all(name);
    let value = values.next()?.to_str().ok();
    value.filter(|_| values.next().is_none())
}

#[cfg(test)]
mod tests;
