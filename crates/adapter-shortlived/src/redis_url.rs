use kernel::Secret;
use redis::{ConnectionInfo, IntoConnectionInfo};
use url::Url;

/// Why an address of a Redis is none. It may hold a password, so it is never told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRedisUrl {
    /// Not a URL we know.
    #[error("it must be redis://[[user]:password@]host[:port][/database], rediss://… or unix:///path")]
    Form,
    /// Ignored, a misspelt option would do less than it says.
    #[error("it has no options, but for unix:///path?db=…&user=…&pass=…")]
    Option,
    /// Ignored, a name alone would sign in nobody.
    #[error("its user has no password (without a user: redis://:password@host)")]
    Password,
}

pub(crate) fn parse(url: &Secret) -> Result<ConnectionInfo, BadRedisUrl> {
    let url = Url::parse(url.expose()).map_err(|_| BadRedisUrl::Form)?;
    let mut options: Vec<_> = url.query_pairs().map(|(key, _)| key.into_owned()).collect();
    options.sort();
    let has = |name: &str| options.iter().any(|it| it == name);
    let (known, user, password): (&[&str], _, _) = match url.scheme() {
        "redis" | "rediss" if url.host_str().is_some_and(|it| !it.is_empty()) => {
            (&[], !url.username().is_empty(), url.password().is_some())
        }
        "unix" => (&["db", "pass", "user"], has("user"), has("pass")),
        _ => return Err(BadRedisUrl::Form),
    };
    let repeated = options.windows(2).any(|pair| pair[0] == pair[1]);
    if repeated || options.iter().any(|it| !known.contains(&it.as_str())) || url.fragment().is_some() {
        return Err(BadRedisUrl::Option);
    }
    if user && !password {
        return Err(BadRedisUrl::Password);
    }
    url.into_connection_info().map_err(|_| BadRedisUrl::Form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_addresses_are_taken() {
        for good in [
            "redis://localhost",
            "redis://127.0.0.1:6380/2",
            "redis://[::1]:6379",
            "redis://:p%40ss@redis.example.org",
            "rediss://user:pass@redis.example.org:6380/0",
            "unix:///run/redis/redis.sock",
            "unix:///run/redis/redis.sock?db=2&user=ada&pass=secret",
        ] {
            assert!(parse(&Secret::new(good)).is_ok(), "{good}");
        }
    }

    #[test]
    fn an_address_that_would_do_less_than_it_says_is_refused() {
        for (bad, why) in [
            ("", BadRedisUrl::Form),
            ("localhost:6379", BadRedisUrl::Form),
            ("redis://", BadRedisUrl::Form),
            ("redis:localhost", BadRedisUrl::Form),
            ("http://redis.example.org", BadRedisUrl::Form),
            ("redis://redis.example.org/sessions", BadRedisUrl::Form),
            ("unix://run/redis.sock", BadRedisUrl::Form),
            ("redis://redis.example.org?db=2", BadRedisUrl::Option),
            ("rediss://redis.example.org/#insecure", BadRedisUrl::Option),
            ("unix:///run/redis.sock?password=secret", BadRedisUrl::Option),
            ("unix:///run/redis.sock?db=1&db=2", BadRedisUrl::Option),
            ("redis://secret@redis.example.org", BadRedisUrl::Password),
            ("unix:///run/redis.sock?user=ada", BadRedisUrl::Password),
        ] {
            assert_eq!(parse(&Secret::new(bad)).err(), Some(why), "{bad}");
        }
    }
}
