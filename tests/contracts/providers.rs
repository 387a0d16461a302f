use adapter_crypto::SystemClock;
use adapter_outbound::{OidcProviders, ProviderSettings};
use identity::Provider::Google;
use identity::ports::{AuthorizationRequest, AuthorizationResponse, ProviderError, Providers, Refused};
use kernel::{Clock, EmailAddress, Secret};

use crate::support::openid_provider::OpenIdProvider;

/// The lies are told in adapter-outbound's own tests.
#[tokio::test]
async fn provider_1_what_a_real_provider_says_is_believed_once() {
    server::use_aws_lc_rs();
    let theirs = OpenIdProvider::start().await;
    let settings = ProviderSettings {
        provider: Google,
        client_id: OpenIdProvider::CLIENT_ID.to_owned(),
        client_secret: Secret::new(OpenIdProvider::CLIENT_SECRET),
        issuer: theirs.issuer().to_owned(),
        tenant: None,
    };
    let ours = OidcProviders::new(vec![settings], "http://127.0.0.1:8080").unwrap();
    let verifier = Secret::new("v".repeat(43));
    let (state, nonce) = (Secret::new("the state"), Secret::new("the nonce"));
    let request = AuthorizationRequest { state, nonce: nonce.clone(), verifier: verifier.clone(), fresh: true };
    let url = ours.authorization_url(Google, request).await.unwrap();

    let back = theirs.approve(&url, "sub=eve&email=eve@example.com&email_verified=false").await;
    let back = reqwest::Url::parse(&back).unwrap();
    let sent = |name| back.query_pairs().find(|(it, _)| it == name).map(|(_, value)| value.into_owned());
    assert_eq!((back.path(), sent("state")), ("/api/v1/auth/google/callback", Some("the state".to_owned())));
    let (code, issuer) = (Secret::new(sent("code").unwrap()), sent("iss"));
    // The provider's clock is the machine's.
    let response = AuthorizationResponse { code, issuer, nonce, verifier, at: SystemClock.now() };

    let account = ours.redeem(Google, response.clone()).await.unwrap();
    assert_eq!((account.issuer.as_str(), account.subject.as_str()), (theirs.issuer(), "eve"));
    assert_eq!(account.email, EmailAddress::parse("eve@example.com"));
    assert!(!account.email_verified && account.auth_time.is_some());
    let again = ours.redeem(Google, response).await;
    assert!(matches!(again, Err(ProviderError::Refused(Refused("code")))), "{again:?}");
}
