use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use kernel::Fault;
use reqwest::dns::{Name, Resolve, Resolving};
use reqwest::{Client, ClientBuilder};
use tokio::net::lookup_host;
use tokio::time::timeout;
use url::{Host, Url};
use webhooks::is_public;

use crate::client;

/// The only way out to an address that somebody else chose: encrypted, and to public addresses only, unless the operator
/// allows the host.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    allowed_hosts: Vec<String>,
    allowed: Client,
    public: Client,
}

impl Guard {
    const CONNECT: Duration = Duration::from_secs(5);
    const LOOK_UP: Duration = Duration::from_secs(3);

    /// The process must have installed a provider of cryptography. Nothing takes longer than `patience`.
    pub fn new(allowed_hosts: Vec<String>, patience: Duration) -> Result<Self, Fault> {
        let client = || client::builder(Self::CONNECT, patience);
        let build = |it: ClientBuilder| it.build().map_err(|error| Fault::Failed(error.into()));
        Ok(Self {
            allowed_hosts,
            allowed: build(client()?)?,
            public: build(client()?.dns_resolver(Arc::new(PublicNames)))?,
        })
    }

    /// What may be used to connect to this URL, and to no other.
    pub fn client(&self, url: &Url) -> Option<&Client> {
        if is_allowed(url, &self.allowed_hosts) {
            return Some(&self.allowed);
        }
        let may_be_public = match url.host()? {
            // What it resolves to is looked at when it is connected to.
            Host::Domain(_) => true,
            // An address is never resolved.
            Host::Ipv4(it) => is_public(it.into()),
            Host::Ipv6(it) => is_public(it.into()),
        };
        (url.scheme() == "https" && may_be_public).then_some(&self.public)
    }

    /// Whether this may become a target: what its name resolves to now is public, where it resolves to anything.
    pub async fn admits(&self, url: &Url) -> bool {
        if self.client(url).is_none() {
            return false;
        }
        match url.host() {
            Some(Host::Domain(name)) if !is_allowed(url, &self.allowed_hosts) => {
                match timeout(Self::LOOK_UP, lookup_host((name, 0))).await {
                    Ok(Ok(addresses)) => all_public(addresses.collect()).is_ok(),
                    Ok(Err(_)) | Err(_) => true,
                }
            }
            _ => true,
        }
    }
}

/// Resolves a name to the addresses that are then connected to, so that no second answer comes in between.
#[derive(Debug)]
struct PublicNames;

#[derive(Debug, thiserror::Error)]
#[error("the name has an address that is not public")]
struct NotPublic;

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses = lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(all_public(addresses.collect())?.into_iter()) as _)
        })
    }
}

/// All or none: a name with a private address among public ones means harm.
fn all_public(addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, NotPublic> {
    if addresses.iter().all(|it| is_public(it.ip())) { Ok(addresses) } else { Err(NotPublic) }
}

fn is_allowed(url: &Url, allowed: &[String]) -> bool {
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return false };
    allowed.iter().any(|it| *it == host || *it == format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|it| SocketAddr::new(it.parse().unwrap(), 0)).collect()
    }

    #[test]
    fn wh_02_one_private_address_condemns_the_name() {
        let public = ["93.184.216.34", "2606:4700:4700::1111"];
        assert_eq!(all_public(addresses(&public)).unwrap(), addresses(&public));
        for private in ["127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1"] {
            for mixed in [[public[0], private], [private, public[1]]] {
                assert!(all_public(addresses(&mixed)).is_err(), "{mixed:?}");
            }
        }
    }

    #[tokio::test]
    async fn sender_3_a_name_for_a_private_address_is_not_admitted() {
        crate::webhook_sender::tests::install_provider();
        let admits = async |url: &str, allowed: &[&str]| {
            let allowed = allowed.iter().map(|&it| it.to_owned()).collect();
            Guard::new(allowed, Duration::from_secs(1)).unwrap().admits(&Url::parse(url).unwrap()).await
        };
        assert!(!admits("https://localhost/", &[]).await);
        assert!(!admits("https://127.0.0.1/", &[]).await);
        assert!(admits("https://localhost/", &["localhost"]).await);
        assert!(admits("https://93.184.216.34/", &[]).await);
        assert!(admits("https://nowhere.invalid/", &[]).await);
    }

    fn has_way(url: &str, allowed: &[&str]) -> bool {
        crate::webhook_sender::tests::install_provider();
        let allowed = allowed.iter().map(|&it| it.to_owned()).collect();
        Guard::new(allowed, Duration::from_secs(1)).unwrap().client(&Url::parse(url).unwrap()).is_some()
    }

    #[test]
    fn public_hosts_are_reached_by_https() {
        for good in ["https://example.com/", "https://93.184.216.34/", "https://[2606:4700:4700::1111]/"] {
            assert!(has_way(good, &[]), "{good}");
            assert!(!has_way(&good.replace("https", "http"), &[]), "{good}");
        }
    }

    #[test]
    fn wh_01_no_notation_of_a_private_address_has_a_way() {
        for bad in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://169.254.169.254/",
            "https://[::1]/",
            "https://[::ffff:7f00:1]/",
            "https://[64:ff9b::7f00:1]/",
            "HTTPS://127.0.0.1:8443/",
            "file:///etc/passwd",
            "data:text/plain,x",
        ] {
            assert!(!has_way(bad, &["hooks.internal", "10.0.0.1", "127.0.0.1:80"]), "{bad}");
        }
    }

    #[test]
    fn the_operator_allows_hosts_or_single_ports() {
        for (url, allowed) in [
            ("http://127.0.0.1:9000/", "127.0.0.1:9000"),
            ("http://127.0.0.1:9000/", "127.0.0.1"),
            ("http://hooks.internal/", "hooks.internal:80"),
            ("http://hooks.internal:81/", "hooks.internal"),
        ] {
            assert!(has_way(url, &[allowed]), "{url}");
            for other in ["127.0.0.1:9001", "127.0.0.2", "hooks.internal:82", "internal", "s.internal"] {
                assert!(!has_way(url, &[other]), "{url} by {other}");
            }
        }
    }
}
