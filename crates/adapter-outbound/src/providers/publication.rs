use std::sync::Arc;
use std::time::Duration;

use openidconnect::core::{CoreJsonWebKey, CoreJsonWebKeyType};
use openidconnect::{AuthType, AuthUrl, JsonWebKey, JsonWebKeySet, JsonWebKeySetUrl, TokenUrl};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use super::http::{ProviderClient, Reach, Unanswered};
use super::issuer::Issuer;

/// What a provider says of itself (OpenID Connect Discovery 1.0, section 3; RFC 9207, section 3), as far as it is used.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    pub authorization_endpoint: AuthUrl,
    pub token_endpoint: TokenUrl,
    jwks_uri: JsonWebKeySetUrl,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default, rename = "authorization_response_iss_parameter_supported")]
    pub names_itself: bool,
}

impl Metadata {
    /// `client_secret_basic` is what goes without saying.
    fn auth_type(&self) -> Option<AuthType> {
        let Some(methods) = &self.token_endpoint_auth_methods_supported else { return Some(AuthType::BasicAuth) };
        let known = [("client_secret_basic", AuthType::BasicAuth), ("client_secret_post", AuthType::RequestBody)];
        known.into_iter().find_map(|(name, it)| methods.iter().any(|method| method == name).then_some(it))
    }
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Value>,
}

/// All that is to be known of a provider.
#[derive(Debug)]
pub(super) struct Published {
    pub metadata: Metadata,
    /// Whose tokens the keys are good for.
    pub issuer: Issuer,
    pub auth_type: AuthType,
    pub keys: JsonWebKeySet<CoreJsonWebKey>,
    /// Of each key, in the same order, the issuer that it is bound to, where it is.
    key_issuers: Vec<Option<String>>,
}

impl Published {
    async fn fetch(client: &ProviderClient, reach: Reach, issuer: &Issuer) -> Result<Self, Unanswered> {
        let wrong = |what: &str| Unanswered::Unreadable(what.into());
        let url = format!("{}/.well-known/openid-configuration", issuer.url().trim_end_matches('/'));
        let url = Url::parse(&url).map_err(|error| Unanswered::Unreadable(error.into()))?;
        let metadata: Metadata = client.get(&url).await?;
        let issuer = issuer.confirmed_by(&metadata.issuer).ok_or_else(|| wrong("it names another issuer"))?;
        let endpoints = [metadata.authorization_endpoint.url(), metadata.token_endpoint.url(), metadata.jwks_uri.url()];
        if !endpoints.into_iter().all(|it| reach.admits(it)) {
            return Err(wrong("an endpoint is not encrypted"));
        }
        let auth_type = metadata.auth_type().ok_or_else(|| wrong("it takes no client secret"))?;
        let Keys { keys } = client.get(metadata.jwks_uri.url()).await?;
        // Keys of kinds that are not known here are for others.
        let keys = keys.into_iter().filter_map(|it| {
            let issuer = it["issuer"].as_str().map(str::to_owned);
            let key: CoreJsonWebKey = serde_json::from_value(it).ok()?;
            (*key.key_type() != CoreJsonWebKeyType::Symmetric).then_some((key, issuer))
        });
        let (keys, key_issuers) = keys.unzip();
        Ok(Self { metadata, issuer, auth_type, keys: JsonWebKeySet::new(keys), key_issuers })
    }

    pub fn key_issuer(&self, key: &CoreJsonWebKey) -> Option<&str> {
        let place = self.keys.keys().iter().position(|it| it == key)?;
        self.key_issuers.get(place)?.as_deref()
    }
}

/// How often a provider is asked what it publishes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// How long what it published is taken for true.
    pub keep: Duration,
    /// How often a token that no key fits may have it asked again before that: keys roll, and tokens lie.
    pub renew: Duration,
}

/// What a provider publishes, kept: fetched when it is needed, by one at a time.
#[derive(Debug)]
pub(super) struct Publication {
    pub client: ProviderClient,
    reach: Reach,
    issuer: Issuer,
    pace: Pace,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    published: Option<(Instant, Arc<Published>)>,
    renewed: Option<Instant>,
}

impl Publication {
    pub fn new(client: ProviderClient, reach: Reach, issuer: Issuer, pace: Pace) -> Self {
        Self { client, reach, issuer, pace, kept: Mutex::default() }
    }

    pub async fn current(&self) -> Result<Arc<Published>, Unanswered> {
        let mut kept = self.kept.lock().await;
        match &kept.published {
            Some((at, published)) if at.elapsed() < self.pace.keep => Ok(Arc::clone(published)),
            _ => self.fetch(&mut kept).await,
        }
    }

    /// Something newer than this, by whose keys a token is not signed; `None` where it is too early to ask again.
    pub async fn newer(&self, than: &Arc<Published>) -> Result<Option<Arc<Published>>, Unanswered> {
        let mut kept = self.kept.lock().await;
        match &kept.published {
            Some((_, published)) if !Arc::ptr_eq(published, than) => return Ok(Some(Arc::clone(published))),
            _ if kept.renewed.is_some_and(|at| at.elapsed() < self.pace.renew) => return Ok(None),
            _ => {}
        }
        // Also where it fails, or nobody waits for it any more.
        kept.renewed = Some(Instant::now());
        self.fetch(&mut kept).await.map(Some)
    }

    async fn fetch(&self, kept: &mut Kept) -> Result<Arc<Published>, Unanswered> {
        let published = Arc::new(Published::fetch(&self.client, self.reach, &self.issuer).await?);
        kept.published = Some((Instant::now(), Arc::clone(&published)));
        Ok(published)
    }
}
