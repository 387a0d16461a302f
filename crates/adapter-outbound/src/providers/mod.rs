mod http;
mod id_token;
mod issuer;
mod publication;
mod relying_party;
#[cfg(test)]
mod tests;

use std::time::Duration;

use async_trait::async_trait;
use identity::ports::{AuthorizationRequest, AuthorizationResponse, ProviderError, Providers};
use identity::{Provider, ProviderAccount};
use kernel::{Fault, Secret};
use openidconnect::{ClientId, ClientSecret, IssuerUrl, RedirectUrl};
use tokio::time::timeout;
use url::Url;

use self::http::{ProviderClient, Reach};
use self::issuer::{Issuer, Tenants};
use self::publication::{Pace, Publication};
use self::relying_party::RelyingParty;

/// How we are known to a provider.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// Which.
    pub provider: Provider,
    /// The client id that it gave us.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: Secret,
    /// Its issuer, as it stands in its tokens; with `{tenantid}` where each tenant has its own.
    pub issuer: String,
    /// Which of its tenants people may come from: `common`, `organizations`, `consumers` or the id of one.
    pub tenant: Option<String>,
}

impl ProviderSettings {
    /// The issuer of a provider, unless it is configured otherwise.
    #[must_use]
    pub const fn default_issuer(provider: Provider) -> &'static str {
        match provider {
            Provider::Google => "https://accounts.google.com",
            Provider::Microsoft => "https://login.microsoftonline.com/{tenantid}/v2.0",
        }
    }
}

/// Settings that no sign-in can come of.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Nothing can be sent at all.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// One is wrong.
    #[error("{}: {why}", .provider.as_str())]
    Setting {
        /// Whose.
        provider: Provider,
        /// What is wrong.
        why: &'static str,
    },
}

/// Signs people in at the providers that the operator chose.
#[derive(Debug)]
pub struct OidcProviders {
    parties: Vec<RelyingParty>,
    patience: Duration,
}

impl OidcProviders {
    /// For all that one step takes of a provider; less than anybody waits for an answer of ours.
    const PATIENCE: Duration = Duration::from_secs(4);
    const PACE: Pace = Pace { keep: Duration::from_hours(1), renew: Duration::from_secs(30) };

    /// People are sent back to `redirect_base`, where this installation is seen from outside; nothing is fetched yet. The
    /// process must have installed a rustls provider.
    pub fn new(settings: Vec<ProviderSettings>, redirect_base: &str) -> Result<Self, Unusable> {
        Self::paced(settings, redirect_base, Self::PACE, Self::PATIENCE)
    }

    fn paced(
        settings: Vec<ProviderSettings>,
        redirect_base: &str,
        pace: Pace,
        patience: Duration,
    ) -> Result<Self, Unusable> {
        let parties = settings.into_iter().map(|it| party(it, redirect_base, pace, patience));
        Ok(Self { parties: parties.collect::<Result<_, _>>()?, patience })
    }

    fn party(&self, provider: Provider) -> Result<&RelyingParty, Fault> {
        let party = self.parties.iter().find(|it| it.provider == provider);
        party.ok_or_else(|| Fault::defect("a provider is asked that is not configured"))
    }
}

fn party(
    settings: ProviderSettings,
    redirect_base: &str,
    pace: Pace,
    patience: Duration,
) -> Result<RelyingParty, Unusable> {
    let ProviderSettings { provider, client_id, client_secret, issuer, tenant } = settings;
    let unusable = |why| Unusable::Setting { provider, why };
    if client_id.is_empty() || client_secret.expose().is_empty() {
        return Err(unusable("a client id and a client secret are needed"));
    }
    let url = Url::parse(&issuer).map_err(|_| unusable("the issuer is no URL"))?;
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    let reach = Reach::of(&url).filter(|_| plain && url.has_host());
    let reach = reach.ok_or_else(|| unusable("the issuer must be a plain https URL, or http on this machine"))?;
    let tenants = tenant.map(|it| {
        Tenants::parse(&it).ok_or_else(|| unusable("the tenant is `common`, `organizations`, `consumers` or an id"))
    });
    let rule = Issuer::new(&issuer, tenants.transpose()?).ok_or_else(|| unusable("the issuer needs a tenant"))?;
    let redirect_url = format!("{}/api/v1/auth/{}/callback", redirect_base.trim_end_matches('/'), provider.as_str());
    Ok(RelyingParty {
        provider,
        client_id: ClientId::new(client_id),
        client_secret: ClientSecret::new(client_secret.expose().to_owned()),
        issuer: IssuerUrl::new(issuer).map_err(|_| unusable("the issuer is no URL"))?,
        redirect_url: RedirectUrl::new(redirect_url).map_err(|_| unusable("the URL to come back to is none"))?,
        publication: Publication::new(ProviderClient::new(reach, patience)?, reach, rule, pace),
    })
}

#[async_trait]
impl Providers for OidcProviders {
    fn offers(&self, provider: Provider) -> bool {
        self.parties.iter().any(|it| it.provider == provider)
    }

    async fn authorization_url(&self, provider: Provider, request: AuthorizationRequest) -> Result<String, Fault> {
        let asked = self.party(provider)?.authorization_url(&request);
        timeout(self.patience, asked).await.map_err(|late| Fault::Unavailable(late.into()))?
    }

    async fn redeem(
        &self,
        provider: Provider,
        response: AuthorizationResponse,
    ) -> Result<ProviderAccount, ProviderError> {
        let asked = self.party(provider).map_err(ProviderError::Fault)?.redeem(&response);
        timeout(self.patience, asked).await.map_err(|late| ProviderError::Fault(Fault::Unavailable(late.into())))?
    }
}
