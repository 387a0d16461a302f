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
    const LONGEST_HOST: usize = 253;

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

    /// The host a text leads to, where that is private and the operator does not let it through: whatever else is wrong
    /// with the text.
    #[must_use]
    pub fn private_host(text: &str, allowed: &[String]) -> Option<String> {
        let url = Url::parse(text).ok().filter(|_| text.len() <= Self::LONGEST)?;
        let host = url.host().filter(|it| !may_be_public(it))?.to_string();
        let with_port = url.port_or_known_default().map(|port| format!("{host}:{port}"));
        let is_allowed = allowed.iter().any(|it| *it == host || Some(it) == with_port.as_ref());
        (!is_allowed && host.len() <= Self::LONGEST_HOST).then_some(host)
    }

    /// From storage, where it was checked; what the operator allows may have changed since, and the sender decides.
    #[must_use]
    pub fn stored(text: &str) -> Option<Self> {
        Url::parse(text).ok().map(Self)
    }

    /// Whom it names.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
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
mod tests;
