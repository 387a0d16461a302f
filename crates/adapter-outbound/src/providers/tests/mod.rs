mod answers;
mod lying_provider;
mod settings;
mod signing;
mod tenants;
mod tokens;

use kernel::testing::NOON;

use self::lying_provider::LyingProvider;
use super::*;
use crate::webhook_sender::tests::install_provider;

const VERIFIER: &str = "0123456789-0123456789-0123456789-0123456789";
const HOUR: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_mins(1);

fn settings(provider: Provider, issuer: &str, tenant: Option<&str>) -> ProviderSettings {
    ProviderSettings {
        provider,
        client_id: "ours".to_owned(),
        client_secret: Secret::new("our secret"),
        issuer: issuer.to_owned(),
        tenant: tenant.map(str::to_owned),
    }
}

fn signing_in(settings: ProviderSettings, pace: Pace, patience: Duration) -> OidcProviders {
    install_provider();
    OidcProviders::paced(vec![settings], "https://id.example.com/", pace, patience).unwrap()
}

/// With this one as Google; a machine that is slow is no failure.
fn at(provider: &LyingProvider) -> OidcProviders {
    let pace = Pace { keep: HOUR, renew: HOUR };
    signing_in(settings(Provider::Google, &provider.url, None), pace, MINUTE)
}

fn request() -> AuthorizationRequest {
    AuthorizationRequest {
        state: Secret::new("the state"),
        nonce: Secret::new("the nonce"),
        verifier: Secret::new(VERIFIER),
        fresh: false,
    }
}

fn response() -> AuthorizationResponse {
    AuthorizationResponse {
        code: Secret::new("the code"),
        issuer: None,
        nonce: Secret::new("the nonce"),
        verifier: Secret::new(VERIFIER),
        at: NOON,
    }
}

/// What became of it, in a word.
async fn outcome(ours: &OidcProviders, provider: Provider, response: AuthorizationResponse) -> &'static str {
    match ours.redeem(provider, response).await {
        Ok(_) => "believed",
        Err(ProviderError::Refused(why)) => why.0,
        Err(ProviderError::Fault(Fault::Unavailable(_))) => "unavailable",
        Err(ProviderError::Fault(other)) => panic!("{other:?}"),
    }
}

async fn redeemed(ours: &OidcProviders) -> &'static str {
    outcome(ours, Provider::Google, response()).await
}
