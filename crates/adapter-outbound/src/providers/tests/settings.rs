use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::Provider::{Google, Microsoft};
use serde_json::{Value, json};

use super::lying_provider::{LyingProvider, TOKEN};
use super::*;

async fn asked_for(ours: &OidcProviders, provider: Provider, request: AuthorizationRequest) -> Vec<(String, String)> {
    let url = Url::parse(&ours.authorization_url(provider, request).await.unwrap()).unwrap();
    assert_eq!(url.path(), "/authorize");
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    pairs.sort_unstable();
    pairs
}

#[tokio::test]
async fn so_05_the_browser_is_sent_with_what_configuration_says() {
    let lying = LyingProvider::start().await;
    let usual = |redirect_uri| {
        [
            ("client_id", "ours"),
            // SHA-256 of the verifier.
            ("code_challenge", "XqV1tflYS9pE1bnDmj-YXExN3vTo8j8ECd_IY8HtNUY"),
            ("code_challenge_method", "S256"),
            ("nonce", "the nonce"),
            ("redirect_uri", redirect_uri),
            ("response_type", "code"),
            ("scope", "openid email"),
            ("state", "the state"),
        ]
    };
    let auth_time = ("claims", r#"{"id_token":{"auth_time":{"essential":true}}}"#);
    for (provider, redirect_uri, anew) in [
        // It knows no `login`.
        (Google, "https://id.example.com/api/v1/auth/google/callback", &[auth_time, ("max_age", "0")][..]),
        (
            Microsoft,
            "https://id.example.com/api/v1/auth/microsoft/callback",
            &[auth_time, ("max_age", "0"), ("prompt", "login")],
        ),
    ] {
        let ours = signing_in(settings(provider, &lying.url, None), Pace { keep: HOUR, renew: HOUR }, MINUTE);
        let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        assert_eq!(asked_for(&ours, provider, request()).await, usual(redirect_uri).map(pair));
        let mut fresh: Vec<_> = usual(redirect_uri).into_iter().chain(anew.iter().copied()).map(pair).collect();
        fresh.sort_unstable();
        assert_eq!(asked_for(&ours, provider, AuthorizationRequest { fresh: true, ..request() }).await, fresh);
    }
}

#[tokio::test]
async fn a_code_is_redeemed_by_whom_it_was_made_for() {
    let basic = format!("authorization: Basic {}", STANDARD.encode("ours:our+secret"));
    let both = json!(["client_secret_post", "private_key_jwt", "client_secret_basic"]);
    for (methods, in_header) in [(Value::Null, true), (both, true), (json!(["client_secret_post"]), false)] {
        let provider = LyingProvider::start().await;
        provider.lies().metadata = json!({"token_endpoint_auth_methods_supported": methods});
        assert_eq!(redeemed(&at(&provider)).await, "believed");
        let lies = provider.lies();
        let [method, _, head, body] = lies.asked.iter().find(|[_, path, ..]| path == TOKEN).unwrap();
        assert_eq!(method, "POST");
        assert_eq!(head.lines().any(|it| it == basic), in_header, "{head}");
        assert_eq!(body.contains("&client_id=ours&client_secret=our+secret"), !in_header, "{body}");
        let redirect_uri = "redirect_uri=https%3A%2F%2Fid.example.com%2Fapi%2Fv1%2Fauth%2Fgoogle%2Fcallback";
        for part in
            ["grant_type=authorization_code", "code=the+code", &format!("code_verifier={VERIFIER}"), redirect_uri]
        {
            assert!(body.split('&').any(|it| it == part), "{part} in {body}");
        }
    }
    let provider = LyingProvider::start().await;
    provider.lies().metadata = json!({"token_endpoint_auth_methods_supported": ["private_key_jwt"]});
    assert_eq!(redeemed(&at(&provider)).await, "unavailable");
}

#[tokio::test]
async fn a_verifier_that_is_none_is_a_defect() {
    let provider = LyingProvider::start().await;
    let request = AuthorizationRequest { verifier: Secret::new("short"), ..request() };
    assert!(matches!(at(&provider).authorization_url(Google, request).await, Err(Fault::Failed(_))));
}

#[tokio::test]
async fn only_what_is_configured_is_offered() {
    let provider = LyingProvider::start().await;
    let ours = at(&provider);
    assert!(ours.offers(Google) && !ours.offers(Microsoft));
    assert!(matches!(ours.authorization_url(Microsoft, request()).await, Err(Fault::Failed(_))));
}

#[test]
fn the_defaults_can_be_used() {
    install_provider();
    let both = [(Google, None), (Microsoft, Some("common"))];
    let both = both.map(|(it, tenant)| settings(it, ProviderSettings::default_issuer(it), tenant));
    let ours = OidcProviders::new(both.to_vec(), "https://id.example.com").unwrap();
    assert!(Provider::ALL.iter().all(|it| ours.offers(*it)));
}

#[test]
fn what_can_not_be_used_is_said_at_once() {
    install_provider();
    let template = ProviderSettings::default_issuer(Microsoft);
    for (issuer, tenant, client_id) in [
        ("http://idp.example.com", None, "ours"),
        ("http://10.0.0.1", None, "ours"),
        ("accounts.google.com", None, "ours"),
        ("https://user:password@idp.example.com", None, "ours"),
        ("https://idp.example.com?a=b", None, "ours"),
        ("https://idp.example.com#a", None, "ours"),
        ("https://idp.example.com", None, ""),
        (template, None, "ours"),
        (template, Some(""), "ours"),
        (template, Some("contoso.onmicrosoft.com"), "ours"),
        (template, Some("{9188040d-6c67-4c5b-b112-36a304b66dad}"), "ours"),
    ] {
        let settings = ProviderSettings { client_id: client_id.to_owned(), ..settings(Microsoft, issuer, tenant) };
        let unusable = OidcProviders::new(vec![settings], "https://id.example.com").unwrap_err();
        let said = unusable.to_string();
        assert!(said.starts_with("microsoft: ") && !said.contains("our secret"), "{issuer} {tenant:?}: {said}");
    }
    assert!(OidcProviders::new(vec![settings(Google, "https://idp.example.com", None)], "id.example.com").is_err());
}
