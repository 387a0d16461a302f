use std::net::SocketAddr;
use std::path::PathBuf;

use adapter_http::{Certificate, Edge, Origins, TlsFiles, TrustedProxies};
use url::{Host, Url};

use super::environment::Environment;
use super::file::File;
use super::{BadConfig, Config, bad};

/// What is said of the way here, as it is written.
pub struct Said {
    trusted_proxies: Vec<String>,
    cors_origins: Vec<String>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    require_https: Option<String>,
}

impl Said {
    pub fn of(environment: &Environment, file: &File) -> Self {
        let list = |first: &Option<Vec<String>>, second: &Option<Vec<String>>| {
            first.clone().or_else(|| second.clone()).unwrap_or_default()
        };
        Self {
            trusted_proxies: list(&environment.trusted_proxies, &file.trusted_proxies),
            cors_origins: list(&environment.cors_origins, &file.cors_origins),
            certificate: environment.tls_cert.clone().or_else(|| file.tls_cert.clone()),
            key: environment.tls_key.clone().or_else(|| file.tls_key.clone()),
            require_https: environment.require_https.clone().or_else(|| file.require_https.clone()),
        }
    }

    /// Where certificate and key lie, where this server itself speaks TLS.
    pub fn tls(&self) -> Result<Option<TlsFiles>, BadConfig> {
        match (self.certificate.clone(), self.key.clone()) {
            (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(bad("PORTCULLIS_TLS_KEY", "is required with PORTCULLIS_TLS_CERT")),
            (None, Some(_)) => Err(bad("PORTCULLIS_TLS_CERT", "is required with PORTCULLIS_TLS_KEY")),
        }
    }

    /// How the API meets the world on this address.
    pub fn edge(&self, listen: SocketAddr, public_url: &str) -> Result<Edge, BadConfig> {
        let proxies = TrustedProxies::parse(&self.trusted_proxies).map_err(|text| {
            let problem =
                format!("{text:?} is no address, nor a range as 10.0.0.0/8, which begins where it is written");
            bad("PORTCULLIS_TRUSTED_PROXIES", problem)
        })?;
        let origins = Origins::parse(&self.cors_origins).map_err(|text| {
            let problem =
                format!("{text:?} is no origin as a browser writes it: https://app.example.com, no path, no *");
            bad("PORTCULLIS_CORS_ORIGINS", problem)
        })?;
        let required = match self.require_https.as_deref() {
            None => None,
            Some("on") => Some(true),
            Some("off") => Some(false),
            Some(_) => return Err(bad("PORTCULLIS_REQUIRE_HTTPS", "must be on or off")),
        };
        if self.certificate.is_some() && !public_url.starts_with("https:") {
            return Err(bad("PORTCULLIS_PUBLIC_URL", "must be https:// with PORTCULLIS_TLS_CERT"));
        }
        if !is_near(listen) && self.certificate.is_none() && proxies.is_empty() && required != Some(false) {
            return Err(bad(
                "PORTCULLIS_REQUIRE_HTTPS",
                format!(
                    "on {listen} everybody on the way could read passwords: set PORTCULLIS_TLS_CERT and \
                     PORTCULLIS_TLS_KEY, or PORTCULLIS_TRUSTED_PROXIES to the proxy that ends TLS, or, where no stranger \
                     comes by, this to off"
                ),
            ));
        }
        let require_https = required.unwrap_or_else(|| public_url.starts_with("https:"));
        Ok(Edge { proxies, origins, require_https })
    }
}

impl Config {
    /// What is no mistake and yet seldom meant.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let Self { listen, public_url, edge, tls, .. } = self;
        let mut warnings = Vec::new();
        if edge.require_https && tls.is_none() && edge.proxies.is_empty() {
            warnings.push(
                "PORTCULLIS_REQUIRE_HTTPS is on, and no request can come by HTTPS: set PORTCULLIS_TLS_CERT, or \
                 PORTCULLIS_TRUSTED_PROXIES, or this to off"
                    .to_owned(),
            );
        }
        let is_local = is_near(*listen) && edge.proxies.is_empty() && leads_near(public_url);
        if public_url.starts_with("http:") && !is_local {
            warnings.push(format!(
                "PORTCULLIS_PUBLIC_URL is {public_url}: links in mails lead there in the clear, and browsers are asked for \
                 cookies as if nobody were on the way, or keep none. Set it to the https:// address that browsers see"
            ));
        }
        warnings
    }
}

fn is_near(listen: SocketAddr) -> bool {
    listen.ip().to_canonical().is_loopback()
}

/// Whether only who is on the same machine follows it.
fn leads_near(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    })
}

/// Whether the files of a certificate are one.
pub fn check(tls: Option<&TlsFiles>) -> Result<(), BadConfig> {
    let Some(files) = tls else { return Ok(()) };
    Certificate::load(files.clone()).map(drop).map_err(|error| bad("PORTCULLIS_TLS_CERT", error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::tests::{load, refusal};
    use super::*;

    const FAR: (&str, &str) = ("PORTCULLIS_LISTEN", "0.0.0.0:80");

    #[test]
    fn plain_http_beyond_loopback_is_a_choice() {
        for listen in ["0.0.0.0:80", "[::]:80", "192.0.2.1:80"] {
            let said = refusal("", &[("PORTCULLIS_LISTEN", listen)]);
            for key in ["PORTCULLIS_REQUIRE_HTTPS", "PORTCULLIS_TLS_CERT", "PORTCULLIS_TRUSTED_PROXIES", listen] {
                assert!(said.contains(key), "{said}");
            }
        }
        // Then nobody could get in.
        assert!(refusal("", &[FAR, ("PORTCULLIS_REQUIRE_HTTPS", "on")]).contains("PORTCULLIS_REQUIRE_HTTPS"));
        for choice in [("PORTCULLIS_REQUIRE_HTTPS", "off"), ("PORTCULLIS_TRUSTED_PROXIES", "10.0.0.1")] {
            assert!(!load("", &[FAR, choice]).unwrap().edge.require_https, "{choice:?}");
        }
        let tls = [FAR, ("PORTCULLIS_TLS_CERT", "c.pem"), ("PORTCULLIS_TLS_KEY", "k.pem")];
        assert!(load("", &tls).is_ok());
        for near in ["127.0.0.1:80", "127.9.9.9:80", "[::1]:80", "[::ffff:127.0.0.1]:80"] {
            assert!(load("", &[("PORTCULLIS_LISTEN", near)]).is_ok(), "{near}");
        }
    }

    #[test]
    fn https_is_required_where_the_public_url_says_so() {
        let requires = |environment: &[(&str, &str)]| load("", environment).unwrap().edge.require_https;
        let (https, http) =
            (("PORTCULLIS_PUBLIC_URL", "https://id.example.com"), ("PORTCULLIS_PUBLIC_URL", "http://id.example.com"));
        assert!(!requires(&[]) && !requires(&[http]));
        assert!(requires(&[https]) && requires(&[http, ("PORTCULLIS_REQUIRE_HTTPS", "on")]));
        assert!(!requires(&[https, ("PORTCULLIS_REQUIRE_HTTPS", "off")]));
        assert!(refusal("require_https = 'yes'", &[]).contains("PORTCULLIS_REQUIRE_HTTPS"));
    }

    #[test]
    fn with_a_certificate_of_its_own_the_public_url_is_https() {
        let tls = [("PORTCULLIS_TLS_CERT", "c.pem"), ("PORTCULLIS_TLS_KEY", "k.pem")];
        let config = load("", &tls).unwrap();
        assert_eq!(config.public_url, "https://127.0.0.1:8080");
        assert!(config.edge.require_https);
        assert_eq!(config.tls.map(|it| it.key), Some(Path::new("k.pem").to_owned()));
        assert!(refusal("", &tls[..1]).contains("PORTCULLIS_TLS_KEY"));
        assert!(refusal("", &tls[1..]).contains("PORTCULLIS_TLS_CERT"));
        let files = load("", &tls).unwrap().tls;
        assert!(check(files.as_ref()).unwrap_err().to_string().contains("c.pem"));
        for plain in ["http://id.example.com", "http://localhost:8080", "HTTP://127.0.0.1"] {
            let said = refusal("", &[tls[0], tls[1], ("PORTCULLIS_PUBLIC_URL", plain)]);
            assert!(said.starts_with("PORTCULLIS_PUBLIC_URL") && said.contains("PORTCULLIS_TLS_CERT"), "{said}");
        }
    }

    #[test]
    fn plain_http_where_others_are_on_the_way_is_warned_of() {
        let warned = |environment: &[(&str, &str)]| load("", environment).unwrap().warnings().join("\n");
        let url = |url| ("PORTCULLIS_PUBLIC_URL", url);
        let (proxy, off) = (("PORTCULLIS_TRUSTED_PROXIES", "10.0.0.1"), ("PORTCULLIS_REQUIRE_HTTPS", "off"));
        for quiet in [
            &[][..],
            &[url("http://app.localhost:8080")],
            &[url("http://[::1]:8080")],
            &[proxy, url("https://id.example.com")],
            &[FAR, proxy, url("https://id.example.com")],
            &[FAR, off, url("https://id.example.com")],
            &[("PORTCULLIS_TLS_CERT", "c.pem"), ("PORTCULLIS_TLS_KEY", "k.pem"), FAR],
        ] {
            assert_eq!(warned(quiet), "", "{quiet:?}");
        }
        for told in [
            &[proxy][..],
            &[FAR, proxy],
            &[FAR, off],
            &[FAR, off, url("http://localhost:8080")],
            &[url("http://id.example.com")],
            &[proxy, url("http://localhost:8080")],
        ] {
            assert!(warned(told).contains("PORTCULLIS_PUBLIC_URL"), "{told:?}");
        }
        assert!(warned(&[url("https://id.example.com")]).contains("PORTCULLIS_REQUIRE_HTTPS"));
    }

    #[test]
    fn what_is_neither_proxy_nor_origin_is_named() {
        for (name, bad) in [
            ("PORTCULLIS_TRUSTED_PROXIES", "10.0.0.1/8"),
            ("PORTCULLIS_TRUSTED_PROXIES", "0.0.0.0/0"),
            ("PORTCULLIS_TRUSTED_PROXIES", "proxy"),
            ("PORTCULLIS_CORS_ORIGINS", "*"),
            ("PORTCULLIS_CORS_ORIGINS", "null"),
            ("PORTCULLIS_CORS_ORIGINS", "https://app.example.com/"),
        ] {
            let said = refusal("", &[(name, bad)]);
            assert!(said.contains(name) && said.contains(bad), "{said}");
        }
        assert!(refusal("cors_origins = ['https://a.example', '*']", &[]).contains("PORTCULLIS_CORS_ORIGINS"));
        assert!(load("trusted_proxies = ['10.0.0.0/8', '::1']", &[]).is_ok());
    }
}
