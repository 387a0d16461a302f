use futures::future::join_all;
use identity::Provider::Google;
use kernel::EmailAddress;
use serde_json::{Value, json};

use super::lying_provider::{KEYS, LyingProvider};
use super::signing::Signer;
use super::*;

/// What becomes of a token with these claims over the right ones.
async fn with(provider: &LyingProvider, ours: &OidcProviders, claims: Value) -> &'static str {
    provider.lies().claims = claims;
    redeemed(ours).await
}

#[tokio::test]
async fn provider_1_a_right_token_is_believed() {
    let provider = LyingProvider::start().await;
    let account = at(&provider).redeem(Google, response()).await.unwrap();
    let expected = ProviderAccount {
        provider: Google,
        issuer: provider.url.clone(),
        subject: "sub-1".to_owned(),
        email: EmailAddress::parse("Ada@example.com"),
        email_verified: true,
        auth_time: Some(NOON - MINUTE),
    };
    assert_eq!(account, expected);
}

#[tokio::test]
async fn provider_1_signed_by_any_asymmetric_algorithm() {
    let provider = LyingProvider::start().await;
    for signer in Signer::kinds() {
        provider.lies().keys = vec![Signer::p256().jwk("k0"), signer.jwk("k1")];
        provider.lies().signer = signer;
        assert_eq!(redeemed(&at(&provider)).await, "believed");
    }
}

#[tokio::test]
async fn provider_1_signed_by_nobody_else() {
    let provider = LyingProvider::start().await;
    let ours = at(&provider);
    provider.lies().signer = Signer::p256();
    assert_eq!(redeemed(&ours).await, "signature");
    provider.lies().signer = Signer::Nobody;
    assert_eq!(redeemed(&ours).await, "algorithm");
}

#[tokio::test]
async fn provider_1_never_by_what_both_sides_know() {
    let provider = LyingProvider::start().await;
    for signer in Signer::kinds() {
        let public = signer.public();
        provider.lies().keys = vec![signer.jwk("k1"), json!({"kty": "oct", "kid": "k1", "k": "b3VyIHNlY3JldA"})];
        for shared in [public.clone(), public[1..].to_vec(), b"our secret".to_vec()] {
            provider.lies().signer = Signer::Hmac(shared);
            assert_eq!(redeemed(&at(&provider)).await, "algorithm");
        }
    }
}

#[tokio::test]
async fn provider_1_from_the_issuer_to_us_alone() {
    let provider = LyingProvider::start().await;
    let (ours, url) = (at(&provider), provider.url.clone());
    for (claims, expected) in [
        (json!({"iss": "https://evil.example"}), "issuer"),
        (json!({"iss": format!("{url}/")}), "issuer"),
        (json!({"iss": url.to_uppercase()}), "issuer"),
        (json!({"iss": null}), "malformed"),
        (json!({"aud": "x"}), "audience"),
        (json!({"aud": ["x"]}), "audience"),
        (json!({"aud": []}), "audience"),
        (json!({"aud": null}), "audience"),
        (json!({"aud": ["ours"]}), "believed"),
        (json!({"aud": ["ours", "x"]}), "audience"),
        (json!({"aud": ["ours", "x"], "azp": "x"}), "audience"),
        (json!({"aud": ["ours", "x"], "azp": "ours"}), "audience"),
        (json!({"azp": "x"}), "authorized_party"),
        (json!({"azp": "ours"}), "believed"),
        (json!({"nonce": "x"}), "nonce"),
        (json!({"nonce": null}), "nonce"),
    ] {
        assert_eq!(with(&provider, &ours, claims.clone()).await, expected, "{claims}");
    }
}

#[tokio::test]
async fn provider_1_in_its_time() {
    let provider = LyingProvider::start().await;
    let (ours, now) = (at(&provider), NOON.timestamp());
    for (claims, expected) in [
        (json!({"exp": now}), "expired"),
        (json!({"exp": now + 1}), "believed"),
        (json!({"exp": null}), "malformed"),
        (json!({"exp": (now + 300).to_string()}), "malformed"),
        (json!({"exp": u64::MAX}), "malformed"),
        (json!({"iat": now + 60}), "believed"),
        (json!({"iat": now + 61}), "expired"),
        (json!({"iat": now - 600}), "believed"),
        (json!({"iat": now - 601}), "expired"),
        (json!({"iat": null}), "malformed"),
        (json!({"nbf": now + 60}), "believed"),
        (json!({"nbf": now + 61}), "early"),
        (json!({"auth_time": "yesterday"}), "malformed"),
    ] {
        assert_eq!(with(&provider, &ours, claims.clone()).await, expected, "{claims}");
    }
}

#[tokio::test]
async fn so_03_an_address_is_proven_by_a_boolean_only() {
    let provider = LyingProvider::start().await;
    let ours = at(&provider);
    for word in ["true", "false"] {
        assert_eq!(with(&provider, &ours, json!({"email_verified": word})).await, "malformed");
    }
    assert_eq!(with(&provider, &ours, json!({"email_verified": 1})).await, "malformed");
    for no in [json!(false), Value::Null] {
        provider.lies().claims = json!({"email_verified": no});
        let account = ours.redeem(Google, response()).await.unwrap();
        assert!(account.email.is_some() && account.proven_email().is_none());
    }
    for odd in [json!(null), json!(""), json!("no address"), json!("x@evil@example.com"), json!("ä@example.com")] {
        provider.lies().claims = json!({"email": odd});
        assert_eq!(ours.redeem(Google, response()).await.unwrap().email, None, "{odd}");
    }
}

#[tokio::test]
async fn so_08_a_subject_is_short_and_has_no_control_characters() {
    let provider = LyingProvider::start().await;
    let ours = at(&provider);
    for (subject, expected) in [
        (json!("s".repeat(255)), "believed"),
        (json!("s".repeat(256)), "subject"),
        (json!(""), "subject"),
        (json!("a\0b"), "subject"),
        (json!(1), "malformed"),
        (json!(null), "malformed"),
    ] {
        assert_eq!(with(&provider, &ours, json!({"sub": subject})).await, expected, "{subject}");
    }
}

#[tokio::test]
async fn so_08_nothing_that_a_token_names_is_fetched() {
    let provider = LyingProvider::start().await;
    let picture = format!("{}/picture", provider.url);
    assert_eq!(with(&provider, &at(&provider), json!({"picture": picture, "profile": picture})).await, "believed");
    let mut asked: Vec<String> = provider.lies().asked.iter().map(|[_, path, ..]| path.clone()).collect();
    asked.sort_unstable();
    assert_eq!(asked, ["/.well-known/openid-configuration", "/jwks", "/token"]);
}

#[tokio::test]
async fn so_01_a_response_from_another_issuer_has_no_code_for_this_one() {
    let provider = LyingProvider::start().await;
    let ours = at(&provider);
    let from = |issuer: Option<&str>| AuthorizationResponse { issuer: issuer.map(str::to_owned), ..response() };
    assert_eq!(outcome(&ours, Google, from(Some("https://evil.example"))).await, "issuer");
    assert_eq!(provider.asked("/token"), 0);
    assert_eq!(outcome(&ours, Google, from(Some(&provider.url))).await, "believed");
    assert_eq!(outcome(&ours, Google, from(None)).await, "believed");
    // RFC 9207, section 2.4: one that says that it names itself must.
    provider.lies().metadata = json!({"authorization_response_iss_parameter_supported": true});
    let ours = at(&provider);
    assert_eq!(outcome(&ours, Google, from(None)).await, "issuer");
    assert_eq!(outcome(&ours, Google, from(Some(&provider.url))).await, "believed");
}

#[tokio::test]
async fn provider_1_keys_roll_and_lies_do_not_hammer() {
    let provider = LyingProvider::start().await;
    let ours = at(&provider);
    assert_eq!(redeemed(&ours).await, "believed");
    let new = Signer::p256();
    provider.lies().keys = vec![new.jwk("k2")];
    provider.lies().signer = new;
    provider.lies().kid = "k2";
    assert_eq!(redeemed(&ours).await, "believed");
    assert_eq!(provider.asked(KEYS), 2);
    provider.lies().signer = Signer::p256();
    for kid in ["k1", "k2", "k3"] {
        provider.lies().kid = kid;
        assert_eq!(redeemed(&ours).await, "signature");
    }
    assert_eq!(provider.asked(KEYS), 2);
}

#[tokio::test]
async fn one_looks_for_new_keys_on_behalf_of_all() {
    let provider = LyingProvider::start().await;
    let ours = at(&provider);
    assert_eq!(redeemed(&ours).await, "believed");
    let new = Signer::p256();
    provider.lies().keys = vec![new.jwk("k1")];
    provider.lies().signer = new;
    assert_eq!(join_all((0..8).map(|_| redeemed(&ours))).await, ["believed"; 8]);
    assert_eq!(provider.asked(KEYS), 2);
}

#[tokio::test]
async fn a_lie_is_looked_into_again_when_it_is_time() {
    let provider = LyingProvider::start().await;
    let pace = Pace { keep: HOUR, renew: Duration::ZERO };
    let ours = signing_in(settings(Google, &provider.url, None), pace, MINUTE);
    provider.lies().signer = Signer::p256();
    for times in [2, 3] {
        assert_eq!(redeemed(&ours).await, "signature");
        assert_eq!(provider.asked(KEYS), times);
    }
}
