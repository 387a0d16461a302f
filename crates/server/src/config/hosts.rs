use url::Url;

use super::{BadConfig, bad};

/// Hosts, or hosts with a port, as a URL would hold them.
pub fn hosts(hosts: Vec<String>) -> Result<Vec<String>, BadConfig> {
    let checked = hosts.into_iter().map(|host| {
        let problem = || format!("{host:?} is no host, nor a host with a port");
        as_in_url(&host).ok_or_else(|| bad("PORTCULLIS_WEBHOOK_ALLOW_HOSTS", problem()))
    });
    checked.collect()
}

fn as_in_url(text: &str) -> Option<String> {
    let is_plain = !text.contains(['/', '\\', '*', '@', '?', '#', ' ']);
    let url = |scheme: &str| Url::parse(&format!("{scheme}://{text}/")).ok().filter(|_| is_plain);
    let (plain, secure) = (url("http")?, url("https")?);
    let host = plain.host_str()?;
    // Each leaves out the port that is usual for it.
    let port = plain.port().or(secure.port());
    Some(port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_allowed_as_a_url_holds_them() {
        for (text, held) in [
            ("Hooks.Internal", "hooks.internal"),
            ("bücher.example:8080", "xn--bcher-kva.example:8080"),
            ("127.1", "127.0.0.1"),
            ("0x7f.0.0.1:80", "127.0.0.1:80"),
            ("[0:0::1]:443", "[::1]:443"),
        ] {
            assert_eq!(as_in_url(text).as_deref(), Some(held));
        }
    }
}
