use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{X_FORWARDED_FOR, X_FORWARDED_PROTO};
use ipnet::IpNet;

/// Who is at the other end, and whether nobody between could read along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Peer {
    pub address: Option<IpAddr>,
    pub secure: bool,
}

/// The proxies whose word about others counts; nobody else's does, nor any other header than `X-Forwarded-For` and
/// `X-Forwarded-Proto`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// From addresses and ranges (`10.0.0.0/8`), or else the first that is neither, or is all there is.
    pub fn parse<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Result<Self, String> {
        let net = |text: T| net(text.as_ref()).ok_or_else(|| text.as_ref().to_owned());
        texts.into_iter().map(net).collect::<Result<_, _>>().map(Self)
    }

    /// Whether nobody's word counts.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|it| it.contains(&address))
    }
}

/// IPv4 in IPv6 (RFC 4291, section 2.5.5.2) is IPv4. A range is written as it begins: else one bit too many opens it to
/// strangers.
fn net(text: &str) -> Option<IpNet> {
    let net = match text.parse() {
        Ok(address) => IpNet::from(IpAddr::to_canonical(&address)),
        Err(_) => text.parse::<IpNet>().ok()?,
    };
    let is_mapped = matches!(net.addr(), IpAddr::V6(it) if it.to_ipv4_mapped().is_some());
    (net.prefix_len() > 0 && net.addr() == net.network() && !is_mapped).then_some(net)
}

impl Peer {
    /// The socket's address; where that is a trusted proxy's, the right-most hop of `X-Forwarded-For` that is not. What is
    /// beyond a hop that can't be read is anybody's claim: then it is the last proxy before it.
    pub fn of(request: &ServiceRequest, trusted: &TrustedProxies) -> Self {
        let secure = request.app_config().secure();
        let Some(socket) = request.peer_addr().map(|it| it.ip().to_canonical()) else {
            return Self { address: None, secure };
        };
        if !trusted.trust(socket) {
            return Self { address: Some(socket), secure };
        }
        let mut address = socket;
        for hop in hops(request) {
            let Some(told) = hop.and_then(read) else { break };
            address = told;
            if !trusted.trust(told) {
                break;
            }
        }
        Self { address: Some(address), secure: secure || is_https(request) }
    }
}

/// From the right, over all headers of this name; `None` where there is no text.
fn hops(request: &ServiceRequest) -> impl Iterator<Item = Option<&str>> {
    let headers: Vec<_> = request.headers().get_all(X_FORWARDED_FOR).collect();
    let hops = headers.into_iter().rev().flat_map(|it| it.as_bytes().rsplit(|byte| *byte == b','));
    hops.map(|it| std::str::from_utf8(it).ok())
}

/// Some proxies write the port too.
fn read(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bracketed = || Some(hop.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok()?.into());
    let plain = hop.parse().ok().or_else(bracketed);
    plain.or_else(|| hop.parse::<SocketAddr>().ok().map(|it| it.ip())).map(|it: IpAddr| it.to_canonical())
}

/// Said once, for the whole way.
fn is_https(request: &ServiceRequest) -> bool {
    let mut told = request.headers().get_all(X_FORWARDED_PROTO);
    let first = told.next().and_then(|it| it.to_str().ok());
    first.is_some_and(|it| it.trim().eq_ignore_ascii_case("https")) && told.next().is_none()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use actix_web::test::TestRequest;

    use super::*;

    fn trusted() -> TrustedProxies {
        TrustedProxies::parse(["127.0.0.1", "10.0.0.0/8", "fd00::/8", "::ffff:192.0.2.1"]).unwrap()
    }

    fn peer(socket: &str, headers: &[(&str, &str)]) -> Peer {
        let socket = SocketAddr::new(socket.parse().unwrap(), 4711);
        let request = headers.iter().fold(TestRequest::default().peer_addr(socket), |it, header| {
            it.append_header((header.0, HeaderValue::from_bytes(header.1.as_bytes()).unwrap()))
        });
        Peer::of(&request.to_srv_request(), &trusted())
    }

    fn address(socket: &str, forwarded: &[&str]) -> String {
        let headers: Vec<_> = forwarded.iter().map(|it| ("X-Forwarded-For", *it)).collect();
        peer(socket, &headers).address.unwrap().to_string()
    }

    #[test]
    fn a_stranger_is_who_they_are_whatever_they_say() {
        for header in ["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP", "Client-IP"] {
            let (told, real) = (peer("192.0.2.7", &[(header, "198.51.100.1")]), "192.0.2.7".parse().ok());
            assert_eq!(told, Peer { address: real, secure: false }, "{header}");
        }
        assert!(!peer("192.0.2.7", &[("X-Forwarded-Proto", "https")]).secure);
        assert_eq!(address("::ffff:192.0.2.7", &["198.51.100.1"]), "192.0.2.7");
    }

    #[test]
    fn a_trusted_proxy_says_it_in_one_header_only() {
        for header in ["Forwarded", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP"] {
            let told = peer("127.0.0.1", &[(header, "198.51.100.1")]).address;
            assert_eq!(told, "127.0.0.1".parse().ok(), "{header}");
        }
    }

    #[test]
    fn behind_proxies_it_is_the_right_most_hop_that_is_none_of_them() {
        for (socket, forwarded, client) in [
            ("127.0.0.1", &["198.51.100.1"][..], "198.51.100.1"),
            ("::ffff:127.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("192.0.2.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.1.2.3", &["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
            ("10.1.2.3", &["1.2.3.4,198.51.100.1 ,\t10.9.9.9"], "198.51.100.1"),
            ("fd00::1", &["2001:DB8:0::1"], "2001:db8::1"),
            ("fd00::1", &["1.2.3.4", "198.51.100.1"], "198.51.100.1"),
            ("fd00::1", &["198.51.100.1", "10.0.0.1"], "198.51.100.1"),
            ("10.1.2.3", &["::ffff:198.51.100.1"], "198.51.100.1"),
            ("10.1.2.3", &["198.51.100.1:55555"], "198.51.100.1"),
            ("10.1.2.3", &["[2001:db8::1]:443"], "2001:db8::1"),
            ("10.1.2.3", &["[2001:db8::1]"], "2001:db8::1"),
            // Who is within the proxies' own network is who they are.
            ("10.1.2.3", &["10.0.0.7, 10.0.0.1"], "10.0.0.7"),
            ("10.1.2.3", &[], "10.1.2.3"),
        ] {
            assert_eq!(address(socket, forwarded), client, "{socket} {forwarded:?}");
        }
    }

    #[test]
    fn beyond_what_cannot_be_read_nothing_is_believed() {
        let long = format!("1.2.3.4, {}", "a".repeat(10 * 1024));
        for unreadable in [
            "a",
            "",
            " ",
            ",",
            "1.2.3.4,",
            "1.2.3.4, ",
            "unknown",
            "1.2.3.4:x",
            "[1.2.3.4]",
            "fe80::1%eth0",
            "1.2.3",
            &long,
        ] {
            assert_eq!(address("127.0.0.1", &[unreadable]), "127.0.0.1", "{unreadable}");
            assert_eq!(address("127.0.0.1", &[unreadable, "10.0.0.1"]), "10.0.0.1", "{unreadable}");
            assert_eq!(address("127.0.0.1", &["1.2.3.4", unreadable]), "127.0.0.1", "{unreadable}");
        }
        assert_eq!(address("127.0.0.1", &["1.2.3.4, 198.51.100.1\u{e9}"]), "127.0.0.1");
        assert_eq!(address("127.0.0.1", &["\u{e9}, 198.51.100.1"]), "198.51.100.1");
        let endless = "10.0.0.1,".repeat(1_000);
        assert_eq!(address("127.0.0.1", &[endless.trim_end_matches(',')]), "10.0.0.1");
    }

    #[test]
    fn a_trusted_proxy_says_once_that_it_was_https() {
        let secure = |told: &[&str]| {
            let headers: Vec<_> = told.iter().map(|it| ("X-Forwarded-Proto", *it)).collect();
            peer("10.0.0.1", &headers).secure
        };
        assert!(secure(&["https"]) && secure(&["HTTPS "]));
        for told in [
            &[][..],
            &["http"],
            &[""],
            &["https, http"],
            &["https,https"],
            &["https", "http"],
            &["http", "https"],
            &["wss"],
        ] {
            assert!(!secure(told), "{told:?}");
        }
    }

    #[test]
    fn proxies_are_addresses_and_ranges() {
        let parse = |text: &str| TrustedProxies::parse([text]);
        for good in ["::1", "10.0.0.0/8", "2001:db8::/32", "192.0.2.1/32"] {
            assert!(parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "10.0.0.0/",
            "0.0.0.0/0",
            "::/0",
            "localhost",
            "[::1]",
            "::ffff:10.0.0.0/104",
            "*",
        ] {
            assert_eq!(parse(bad), Err(bad.to_owned()));
        }
    }
}
