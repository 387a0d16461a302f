use adapter_outbound::{OidcProviders, ProviderSettings, Unusable};
use identity::Provider;
use kernel::Secret;
use serde::Deserialize;
use url::Url;

use super::{BadConfig, bad};

/// What is said of a provider, in the file or in the environment.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProviderTable {
    pub client_id: Option<String>,
    pub client_secret: Option<String>,
    pub issuer_url: Option<String>,
    pub tenant_id: Option<String>,
}

impl std::fmt::Debug for ProviderTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProviderTable(…)")
    }
}

impl ProviderTable {
    /// What is set in `self` wins.
    pub fn or(self, other: Self) -> Self {
        Self {
            client_id: self.client_id.or(other.client_id),
            client_secret: self.client_secret.or(other.client_secret),
            issuer_url: self.issuer_url.or(other.issuer_url),
            tenant_id: self.tenant_id.or(other.tenant_id),
        }
    }

    /// `None` where sign-in with it is off.
    pub fn settings(self, provider: Provider) -> Result<Option<ProviderSettings>, BadConfig> {
        let [id, secret] = names(provider);
        let (client_id, client_secret) = match (self.client_id, self.client_secret) {
            (Some(client_id), Some(client_secret)) => (client_id, Secret::new(client_secret)),
            (Some(_), None) => return Err(bad(secret, format!("is required with {id}"))),
            (None, None) if self.issuer_url.is_none() && self.tenant_id.is_none() => return Ok(None),
            (None, _) => return Err(bad(id, "is required with the rest of this provider's settings")),
        };
        let tenant = match (provider, self.tenant_id) {
            (Provider::Google, Some(_)) => return Err(bad("google.tenant_id", "is Microsoft's alone")),
            (Provider::Google, None) => None,
            (Provider::Microsoft, tenant) => Some(tenant.unwrap_or_else(|| "common".to_owned())),
        };
        let issuer = self.issuer_url.unwrap_or_else(|| ProviderSettings::default_issuer(provider).to_owned());
        Ok(Some(ProviderSettings { provider, client_id, client_secret, issuer, tenant }))
    }
}

const fn names(provider: Provider) -> [&'static str; 2] {
    match provider {
        Provider::Google => ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"],
        Provider::Microsoft => ["MICROSOFT_CLIENT_ID", "MICROSOFT_CLIENT_SECRET"],
    }
}

/// Every provider's settings, tried on the part that uses them.
pub fn check(providers: &[ProviderSettings], public_url: &str) -> Result<(), BadConfig> {
    match OidcProviders::new(providers.to_vec(), public_url) {
        Ok(_) => Ok(()),
        Err(Unusable::Setting { provider: Provider::Google, why }) => Err(bad("GOOGLE_ISSUER_URL", why)),
        Err(Unusable::Setting { provider: Provider::Microsoft, why }) => Err(bad("MICROSOFT_ISSUER_URL", why)),
        Err(error) => Err(bad("GOOGLE_CLIENT_ID", error.to_string())),
    }
}

/// Whole addresses without fragment: they are compared as they stand, so each must be written as a browser writes it.
pub fn redirect_uris(uris: Vec<String>) -> Result<Vec<String>, BadConfig> {
    let is_good = |text: &String| {
        Url::parse(text).is_ok_and(|url| {
            // Applications on a device have schemes of their own (RFC 8252, section 7.1).
            let plain = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
            let safe = match url.scheme() {
                "https" => true,
                "http" => matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")),
                own => own.contains('.'),
            };
            plain && safe && url.as_str() == text
        })
    };
    match uris.iter().find(|it| !is_good(it)) {
        None => Ok(uris),
        Some(uri) => Err(bad(
            "PORTCULLIS_REDIRECT_URIS",
            format!(
                "{uri:?} is no address to come back to: https (http on loopback), or an application's own scheme with a \
                 dot in it, as a browser writes it, without user, password and fragment"
            ),
        )),
    }
}
