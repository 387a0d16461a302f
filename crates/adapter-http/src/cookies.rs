//! The cookies of browsers: their names and attributes, here and nowhere else.

use actix_web::HttpRequest;
use actix_web::cookie::time::{Duration, OffsetDateTime};
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::COOKIE;
use identity::{ProviderFlow, Renewed, SignedIn};
use kernel::Secret;
use url::{Host, Url};

/// How browsers that come to one address keep what signs them in.
#[derive(Clone, Debug)]
pub struct Cookies {
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
    /// What a token against forged requests belongs to.
    Csrf,
}

impl Kept {
    pub const ALL: [Self; 4] = [Self::Access, Self::Refresh, Self::Flow, Self::Csrf];

    /// What it is called where there is TLS.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Access => "__Host-portcullis_access",
            Self::Refresh => "__Host-portcullis_refresh",
            Self::Flow => "__Host-portcullis_flow",
            Self::Csrf => "__Host-portcullis_csrf",
        }
    }
}

impl Cookies {
    const PREFIX: &'static str = "__Host-";

    /// How long a page can go on showing the token it was told last.
    const CSRF: Duration = Duration::days(1);

    /// For browsers that come to this address. Without TLS there are cookies on loopback only: elsewhere browsers refuse
    /// them.
    #[must_use]
    pub fn of(public_url: &Url) -> Self {
        Self { secure: !Self::is_plain(public_url) }
    }

    /// Whether browsers come to this address without TLS, and keep cookies all the same.
    pub(crate) fn is_plain(public_url: &Url) -> bool {
        let is_loopback = match public_url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        public_url.scheme() == "http" && is_loopback
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

    /// For the browser to keep what its token against forged requests belongs to.
    pub(crate) fn prove(&self, kept: &str) -> Cookie<'static> {
        self.keep(Kept::Csrf, &Secret::new(kept), Self::CSRF)
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
}
