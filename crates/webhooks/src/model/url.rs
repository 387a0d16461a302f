use std::net::IpAddr;

use url::{Host, Url};

use crate::is_public;

/// Names that mean something inside a network and nothing outside of it.
const PRIVATE_SUFFIXES: [&str; 7] = ["localhost", "localdomain", "local", "internal", "intranet", "lan", "home.arpa"];

const TOO_LONG: &str = "The url field must be at most 2048 characters.";
const NOT_PLAIN: &str =
    "The url field must be a plainly written https URL, without credentials, fragment or control characters.";
const BAD_PORT: &str = "The url field must use port 443, or one from 1024 on.";
const PRIVATE: &str = "The url field must name a public host.";

/// Where deliveries go: `https`, a public host, no credentials, an ordinary port.
///
/// `http` and private hosts pass only where the operator allows the host. What a name resolves to is looked at again
/// each time it is connected to, by the adapter that sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointUrl(Url);

impl EndpointUrl {
    const LONGEST: usize = 2048;

    /// What is right about the text, or a sentence about what is wrong. `allowed` are hosts (`127.0.0.1`,
    /// `hooks.internal`) or hosts with a port the operator lets through.
    pub fn parse(text: &str, allowed: &[String]) -> Result<Self, &'static str> {
        if text.len() > Self::LONGEST {
            return Err(TOO_LONG);
        }
        let url = Url::parse(text).map_err(|_| NOT_PLAIN)?;
        let host = url.host_str().ok_or(NOT_PLAIN)?;
        let port = url.port_or_known_default().ok_or(NOT_PLAIN)?;
        if !is_plain(text, &url, host, port) {
            return Err(NOT_PLAIN);
        }
        let port_is_allowed = allowed.contains(&format!("{host}:{port}"));
        let is_allowed = port_is_allowed || allowed.iter().any(|it| it == host);
        if url.scheme() != "https" && !(url.scheme() == "http" && is_allowed) {
            return Err(NOT_PLAIN);
        }
        // Below 1024 live mail, shells and file shares; they are no receivers of webhooks.
        if url.port().is_some_and(|it| it < 1024) && !port_is_allowed {
            return Err(BAD_PORT);
        }
        if is_allowed || url.host().is_some_and(|it| may_be_public(&it)) { Ok(Self(url)) } else { Err(PRIVATE) }
    }

    /// From storage, where it was checked; what the operator allows may have changed since, and the sender decides.
    #[must_use]
    pub fn stored(text: &str) -> Option<Self> {
        Url::parse(text).ok().map(Self)
    }

    /// As it is sent to.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// Whether the text says by itself what the parser made of it: parsers forgive much (numbers for addresses, missing
/// slashes, backslashes, line breaks), and no two forgive the same.
fn is_plain(text: &str, url: &Url, host: &str, port: u16) -> bool {
    let start = format!("{}://{host}", url.scheme());
    let (Some(written), Some(rest)) = (text.get(..start.len()), text.get(start.len()..)) else { return false };
    let rest = rest.strip_prefix(&format!(":{port}")).unwrap_or(rest);
    written.eq_ignore_ascii_case(&start)
        && (rest.is_empty() || rest.starts_with(['/', '?']))
        && !rest.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\' || c == '#')
        && !has_escaped_control(rest)
}

/// `%0d%0a` and their like.
fn has_escaped_control(text: &str) -> bool {
    text.as_bytes().windows(3).any(|it| match it {
        [b'%', b'0' | b'1', _] => true,
        [b'%', b'7', last] => last.eq_ignore_ascii_case(&b'f'),
        _ => false,
    })
}

fn may_be_public(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(it) => is_public(IpAddr::V4(*it)),
        Host::Ipv6(it) => is_public(IpAddr::V6(*it)),
        Host::Domain(name) => {
            let is_private =
                |suffix: &str| name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
            // A name of one label is the local network's; a dot at the end hides a name from comparison.
            name.contains('.') && !name.ends_with('.') && !PRIVATE_SUFFIXES.into_iter().any(is_private)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The list of security.md, section 6.2.
    const TARGETS: &[&str] = &[
        "http://127.0.0.1/",
        "http://127.1/",
        "http://0/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://0x7f.1/",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://a.localhost/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://172.31.255.254/",
        "http://192.168.0.1/",
        "http://100.64.0.1/",
        "http://100.100.100.200/",
        "http://169.254.169.254/",
        "http://169.254.170.2/",
        "http://[fd00:ec2::254]/",
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://192.0.0.1/",
        "http://198.18.0.1/",
        "http://224.0.0.1/",
        "http://240.0.0.1/",
        "http://255.255.255.255/",
        "http://metadata.google.internal/",
        "HTTP://127.0.0.1/",
        "https://u:p@example.com/",
        "https://example.com@127.0.0.1/",
        "https://example.com:22/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "ftp://127.0.0.1/",
        "https://127.0.0.1%00.example.com/",
        "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
        "//127.0.0.1/",
        "https:127.0.0.1",
    ];

    fn parse(text: &str, allowed: &[&str]) -> Result<EndpointUrl, &'static str> {
        EndpointUrl::parse(text, &allowed.iter().map(|&it| it.to_owned()).collect::<Vec<_>>())
    }

    fn refused(list: &[&str], sentence: &str) {
        for bad in list {
            assert_eq!(parse(bad, &[]), Err(sentence), "{bad}");
        }
    }

    #[test]
    fn ordinary_urls_pass() {
        for good in [
            "https://example.com",
            "https://example.com/",
            "https://hooks.example.com/in?from=portcullis&x=%20y",
            "https://example.com?x=1",
            "https://Example.COM/In",
            "HTTPS://example.com/",
            "https://example.com:443/",
            "https://example.com:8443/",
            "https://xn--bcher-kva.example/",
            "https://localhost.example.com/",
            "https://mylocal.example/",
            "https://93.184.216.34/",
            "https://[2606:4700:4700::1111]:1024/",
        ] {
            assert!(parse(good, &[]).is_ok(), "{good}");
        }
    }

    #[test]
    fn every_target_of_the_list_is_refused() {
        for bad in TARGETS {
            assert!(parse(bad, &[]).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_list_is_no_better_with_https() {
        for bad in TARGETS.iter().filter(|it| it.starts_with("http://")) {
            assert!(parse(&bad.replace("http://", "https://"), &[]).is_err(), "{bad}");
        }
    }

    #[test]
    fn private_hosts_are_refused_by_name_and_address() {
        refused(
            &[
                "https://127.0.0.1/",
                "https://169.254.169.254/latest/meta-data/",
                "https://[::1]/",
                "https://localhost/",
                "https://a.localhost/",
                "https://printer.local/",
                "https://metadata.google.internal/",
                "https://router.home.arpa/",
                "https://intranet/",
                "https://example.com./",
            ],
            PRIVATE,
        );
    }

    #[test]
    fn what_is_not_written_plainly_is_refused() {
        refused(
            &[
                "",
                "example.com",
                "http://example.com/",
                "https:example.com",
                "https:/example.com/",
                "https:///example.com/",
                "https:\\\\example.com/",
                "https://example.com\\@127.0.0.1/",
                "https://example.com/a\\b",
                " https://example.com/",
                "https://example.com/ ",
                "https://exa\nmple.com/",
                "https://example.com/\r\nx: y",
                "https://example.com/\tx",
                "https://example.com/%0d%0aX:1",
                "https://example.com/?x=%00",
                "https://example.com/%7F",
                "https://example.com/#top",
                "https://example.com#",
                "https://@example.com/",
                "https://user@example.com/",
                "https://example.com:/",
                "https://example.com:0443/",
                "https://example.com:99999/",
                "https://0x5db8d822/",
                "https://93.184.55330/",
                "https://93。184。216。34/",
                "https://bücher.example/",
                "https://%65xample.com/",
                "javascript:alert(1)",
                "data:text/plain,x",
            ],
            NOT_PLAIN,
        );
    }

    #[test]
    fn ports_of_other_services_are_refused() {
        refused(&["https://example.com:22/", "https://example.com:80/", "https://example.com:1023/"], BAD_PORT);
    }

    #[test]
    fn the_longest_is_2048() {
        let of = |length: usize| format!("https://example.com/{}", "x".repeat(length - 20));
        assert!(parse(&of(2048), &[]).is_ok());
        assert_eq!(parse(&of(2049), &[]), Err(TOO_LONG));
    }

    #[test]
    fn the_operator_lets_hosts_through() {
        let allowed = ["127.0.0.1", "hooks.internal:25", "receiver:8080", "[::1]:9000"];
        for good in [
            "http://127.0.0.1/",
            "https://127.0.0.1:9000/",
            "http://hooks.internal:25/",
            "http://receiver:8080/in",
            "http://[::1]:9000/",
        ] {
            assert!(parse(good, &allowed).is_ok(), "{good}");
        }
        for (bad, sentence) in [
            ("http://127.0.0.1:22/", BAD_PORT),
            ("http://127.1/", NOT_PLAIN),
            ("http://u@127.0.0.1/", NOT_PLAIN),
            ("ftp://127.0.0.1/", NOT_PLAIN),
            ("https://127.0.0.2/", PRIVATE),
            ("https://hooks.internal/", PRIVATE),
            ("https://a.hooks.internal/", PRIVATE),
            ("https://receiver:8081/", PRIVATE),
            ("http://example.com/", NOT_PLAIN),
        ] {
            assert_eq!(parse(bad, &allowed), Err(sentence), "{bad}");
        }
    }
}
