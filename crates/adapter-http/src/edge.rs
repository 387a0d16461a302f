use crate::{Origins, TrustedProxies};

/// How the API meets the world.
#[derive(Clone, Debug, Default)]
pub struct Edge {
    /// Whose word counts about where a request comes from.
    pub proxies: TrustedProxies,
    /// Whose pages may read answers.
    pub origins: Origins,
    /// Whether plain HTTP is refused.
    pub require_https: bool,
}
