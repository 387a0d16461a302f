//! The cookies of browsers: their names and attributes, here and nowhere else.

use actix_web::HttpRequest;
use actix_web::cookie::time::{Duration, OffsetDateTime};
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{COOKIE, ORIGIN};
use identity::{ProviderFlow, Renewed, SignedIn};
use kernel::Secret;
use url::{Host, Url};

/// How browsers that come to one address keep what signs them in.
#[derive(Clone, Debug)]
pub struct Cookies {
    /// Where a page of ours can come from: on loopback both by name and by address.
    origins: Vec<String>,
    secure: bool,
}

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// The access token.
    Access,
    /// The refresh token.
    Refresh,
    /// What shows that a way through a provider was begun in this browser.
    Flow,
}

impl Kept {
    pub const ALL: [Self; 3] = [Self::Access, Self::Refresh, Self::Flow];

    /// What it is called where there is TLS.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Access => "__Host-portcullis_access",
            Self::Refresh => "__Host-portcullis_refresh",
            Self::Flow => "__Host-portcullis_flow",
        }
    }
}

impl Cookies {
    const PREFIX: &'static str = "__Host-";

    /// For browsers that come to this address. Without TLS there are cookies on loopback only: elsewhere browsers refuse
    /// them.
    #[must_use]
    pub fn of(public_url: &Url) -> Self {
        let is_loopback = match public_url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let secure = public_url.scheme() != "http" || !is_loopback;
        let mut origins = vec![public_url.origin().ascii_serialization()];
        for host in ["localhost", "127.0.0.1"] {
            let mut same = public_url.clone();
            if !secure && same.set_host(Some(host)).is_ok() {
                origins.push(same.origin().ascii_serialization());
            }
        }
        Self { origins, secure }
    }

    fn name(&self, kept: Kept) -> &'static str {
        let name = kept.name();
        if self.secure { name } else { name.strip_prefix(Self::PREFIX).unwrap_or(name) }
    }

    /// What the browser keeps, where it shows it.
    pub(crate) fn shown<'a>(&self, request: &'a HttpRequest, kept: Kept) -> Option<&'a str> {
        let name = self.name(kept);
        let sent = request.headers().get_all(COOKIE).filter_map(|it| it.to_str().ok());
        let mut pairs = sent.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
        pairs.find(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| value)
    }

    /// Whether the request comes from a page of ours: browsers say so, and pages can't make them say otherwise.
    pub(crate) fn is_ours(&self, request: &HttpRequest) -> bool {
        let mut origins = request.headers().get_all(ORIGIN);
        let origin = origins.next().and_then(|it| it.to_str().ok());
        origin.is_some_and(|it| self.origins.iter().any(|ours| ours == it)) && origins.next().is_none()
    }

    /// For the browser to keep a sign-in.
    pub(crate) fn sign_in(&self, signed_in: &SignedIn) -> [Cookie<'static>; 2] {
        [
            self.keep(Kept::Access, &signed_in.access_token, Duration::seconds(signed_in.expires_in)),
            self.keep(Kept::Refresh, &signed_in.refresh_token, Duration::seconds(signed_in.refresh_expires_in)),
        ]
    }

    /// For the browser to keep a sign-in's new access token.
    pub(crate) fn renew(&self, renewed: &Renewed) -> Cookie<'static> {
        self.keep(Kept::Access, &renewed.access_token, Duration::seconds(renewed.expires_in))
    }

    /// For the browser to keep what it shows at the end of a way through a provider.
    pub(crate) fn begin(&self, browser: &Secret) -> Cookie<'static> {
        self.keep(Kept::Flow, browser, Duration::try_from(ProviderFlow::PATIENCE).unwrap_or(Duration::ZERO))
    }

    fn keep(&self, kept: Kept, value: &Secret, lifetime: Duration) -> Cookie<'static> {
        Cookie::build(self.name(kept), value.expose().to_owned())
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .path("/")
            .max_age(lifetime)
            .finish()
    }

    /// For the browser to forget it.
    pub(crate) fn forget(&self, kept: Kept) -> Cookie<'static> {
        let mut cookie = self.keep(kept, &Secret::new(""), Duration::ZERO);
        cookie.set_expires(OffsetDateTime::UNIX_EPOCH);
        cookie
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn cookies(public_url: &str) -> Cookies {
        Cookies::of(&Url::parse(public_url).unwrap())
    }

    #[test]
    fn a_cookie_is_for_this_host_alone_and_no_script() {
        let kept = cookies("https://id.example.com/").begin(&Secret::new("b"));
        assert_eq!(kept.to_string(), "__Host-portcullis_flow=b; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=300");
        let gone = cookies("https://id.example.com").forget(Kept::Access);
        assert_eq!(
            gone.to_string(),
            "__Host-portcullis_access=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
        );
    }

    #[test]
    fn only_on_loopback_they_do_without_tls() {
        for (url, secure) in [
            ("http://127.0.0.1:8080", false),
            ("http://localhost:8080", false),
            ("http://[::1]:8080", false),
            ("https://localhost", true),
            ("http://id.example.com", true),
            ("http://localhost.example.com", true),
            ("http://10.0.0.1", true),
        ] {
            let told = cookies(url).forget(Kept::Refresh).to_string();
            assert_eq!((told.contains("Secure"), told.starts_with("__Host-")), (secure, secure), "{url}: {told}");
        }
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let cookies = cookies("http://127.0.0.1:8080");
        let shown = |sent: &str| {
            let request = TestRequest::default().insert_header((COOKIE, sent)).to_http_request();
            cookies.shown(&request, Kept::Access).map(str::to_owned)
        };
        assert_eq!(shown("a=\"; portcullis_access=t=1 ;b"), Some("t=1".to_owned()));
        for none in
            ["", "portcullis_access=", "xportcullis_access=t", "__Host-portcullis_access=t", "Portcullis_access=t"]
        {
            assert_eq!(shown(none), None, "{none}");
        }
    }

    #[test]
    fn on_loopback_pages_come_by_name_or_by_address() {
        let is_ours = |public_url, origin| {
            let request = TestRequest::default().append_header((ORIGIN, origin)).to_http_request();
            cookies(public_url).is_ours(&request)
        };
        let (by_address, by_name) = ("http://127.0.0.1:8080", "http://localhost:8080");
        for public_url in [by_address, by_name, "http://[::1]:8080", "http://id.localhost:8080"] {
            for origin in [by_address, by_name, public_url] {
                assert!(is_ours(public_url, origin), "{public_url} {origin}");
            }
            for origin in
                ["http://localhost:8081", "http://127.0.0.1", "https://localhost:8080", "http://127.0.0.2:8080"]
            {
                assert!(!is_ours(public_url, origin), "{public_url} {origin}");
            }
        }
        // With TLS, or elsewhere, one is as good as told.
        assert!(!is_ours("https://localhost:8080", "https://127.0.0.1:8080"));
        assert!(!is_ours("http://10.0.0.1:8080", by_name));
        assert!(!is_ours("https://id.example.com", "https://localhost"));
    }

    #[test]
    fn only_our_own_pages_are_ours() {
        let cookies = cookies("https://id.example.com:8443/base");
        let is_ours = |origins: &[&str]| {
            let request = origins.iter().fold(TestRequest::default(), |it, origin| it.append_header((ORIGIN, *origin)));
            cookies.is_ours(&request.to_http_request())
        };
        let ours = "https://id.example.com:8443";
        assert!(is_ours(&[ours]));
        for origins in [
            &[][..],
            &["null"],
            &["https://id.example.com"],
            &["http://id.example.com:8443"],
            &["https://id.example.com:8443/"],
            &["https://ID.example.com:8443"],
            &["https://id.example.com:8443.evil.test"],
            &[ours, ours],
            &[ours, "https://evil.test"],
        ] {
            assert!(!is_ours(origins), "{origins:?}");
        }
    }
}
