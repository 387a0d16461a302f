use identity::Provider::Microsoft;
use serde_json::json;

use super::lying_provider::{CONFIGURATION, LyingProvider};
use super::*;

const ACME: &str = "11111111-2222-4333-8444-555555555555";
const BEES: &str = "66666666-7777-4888-8999-aaaaaaaaaaaa";
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// As Microsoft, for this tenant, at this issuer below the provider's URL.
fn of(provider: &LyingProvider, issuer: &str, tenant: &str) -> OidcProviders {
    let issuer = format!("{}{issuer}", provider.url);
    let pace = Pace { keep: HOUR, renew: HOUR };
    signing_in(settings(Microsoft, &issuer, Some(tenant)), pace, MINUTE)
}

/// What becomes of a token from this issuer below the provider's URL, and this tenant.
async fn token(provider: &LyingProvider, ours: &OidcProviders, issuer: &str, tid: Option<&str>) -> &'static str {
    provider.lies().claims = json!({"iss": format!("{}{issuer}", provider.url), "tid": tid});
    outcome(ours, Microsoft, response()).await
}

async fn publishing(issuer: &str) -> LyingProvider {
    let provider = LyingProvider::start().await;
    let issuer = format!("{}{issuer}", provider.url);
    provider.lies().metadata = json!({"issuer": issuer});
    provider
}

#[tokio::test]
async fn provider_1_each_tenant_speaks_for_its_own_people() {
    let provider = publishing("/{tenantid}/v2.0").await;
    // The door at which it is asked, and whether it takes people of a company, and with private accounts.
    for (tenant, acme, consumers) in [
        ("common", "believed", "believed"),
        ("organizations", "believed", "tenant"),
        ("consumers", "tenant", "believed"),
        (ACME, "believed", "tenant"),
        (BEES, "tenant", "tenant"),
        (CONSUMERS, "tenant", "believed"),
    ] {
        let ours = of(&provider, "/{tenantid}/v2.0", tenant);
        let issuer = |tid: &str| format!("/{tid}/v2.0");
        assert_eq!(token(&provider, &ours, &issuer(ACME), Some(ACME)).await, acme, "{tenant}");
        assert_eq!(token(&provider, &ours, &issuer(CONSUMERS), Some(CONSUMERS)).await, consumers, "{tenant}");
        assert_eq!(provider.asked(&format!("/{tenant}/v2.0{CONFIGURATION}")), 1);
    }
}

#[tokio::test]
async fn provider_1_no_tenant_speaks_for_another() {
    let provider = publishing("/{tenantid}/v2.0").await;
    let ours = of(&provider, "/{tenantid}/v2.0", "common");
    let acme = format!("/{ACME}/v2.0");
    assert_eq!(token(&provider, &ours, &acme, Some(BEES)).await, "issuer");
    assert_eq!(token(&provider, &ours, &format!("{acme}/"), Some(ACME)).await, "issuer");
    assert_eq!(token(&provider, &ours, "/{tenantid}/v2.0", Some("{tenantid}")).await, "tenant");
    assert_eq!(token(&provider, &ours, "/common/v2.0", Some("common")).await, "tenant");
    for other_form in [ACME.replace('-', ""), format!("{{{ACME}}}"), format!("urn:uuid:{ACME}"), String::new()] {
        let issuer = format!("/{other_form}/v2.0");
        assert_eq!(token(&provider, &ours, &issuer, Some(&other_form)).await, "tenant", "{other_form}");
    }
    assert_eq!(token(&provider, &ours, &acme, None).await, "tenant");
}

#[tokio::test]
async fn provider_1_a_key_of_one_tenant_does_not_sign_for_others() {
    let provider = publishing("/{tenantid}/v2.0").await;
    let (acme, bees) = (format!("/{ACME}/v2.0"), format!("/{BEES}/v2.0"));
    for (bound_to, expected) in [("/{tenantid}/v2.0", "believed"), (&acme, "believed"), (&bees, "key")] {
        let bound_to = format!("{}{bound_to}", provider.url);
        provider.lies().keys[0]["issuer"] = bound_to.into();
        let ours = of(&provider, "/{tenantid}/v2.0", "common");
        assert_eq!(token(&provider, &ours, &acme, Some(ACME)).await, expected);
    }
}

#[tokio::test]
async fn provider_1_a_door_to_many_tenants_publishes_their_template() {
    // Configured, published, the tenant, and what becomes of a token of ACME's.
    let (acme, bees) = (format!("/{ACME}/v2.0"), format!("/{BEES}/v2.0"));
    for (configured, published, tenant, expected) in [
        ("/{tenantid}/v2.0", "/{tenantid}/v2.0", "common", "believed"),
        ("/{tenantid}/v2.0", "/common/v2.0", "common", "unavailable"),
        ("/{tenantid}/v2.0", "/{tenantid}/v1.0", "common", "unavailable"),
        ("/{tenantid}/v2.0", &acme, "common", "unavailable"),
        ("/{tenantid}/v2.0", &acme, ACME, "believed"),
        ("/{tenantid}/v2.0", &bees, ACME, "unavailable"),
        ("/common/v2.0", "/{tenantid}/v2.0", "common", "believed"),
        ("/common/v2.0", "/{tenantid}/v2.0", ACME, "unavailable"),
        ("/common/v2.0", "/common/v2.0", "common", "issuer"),
        (&acme, &acme, ACME, "believed"),
        (&acme, &acme, "common", "believed"),
        (&acme, &acme, BEES, "tenant"),
    ] {
        let provider = publishing(published).await;
        let ours = of(&provider, configured, tenant);
        let outcome = token(&provider, &ours, &acme, Some(ACME)).await;
        assert_eq!(outcome, expected, "{configured} {published} {tenant}");
    }
}

#[tokio::test]
async fn a_plain_issuer_need_not_tell_of_tenants() {
    let provider = publishing("").await;
    let ours = of(&provider, "", ACME);
    assert_eq!(token(&provider, &ours, "", None).await, "believed");
    assert_eq!(token(&provider, &ours, "", Some(ACME)).await, "believed");
    assert_eq!(token(&provider, &ours, "", Some(BEES)).await, "tenant");
    assert_eq!(token(&provider, &ours, "", Some("acme")).await, "tenant");
}

#[tokio::test]
async fn so_01_a_response_may_come_from_a_tenant() {
    let provider = publishing("/{tenantid}/v2.0").await;
    let (acme, bees) = (format!("/{ACME}/v2.0"), format!("/{BEES}/v2.0"));
    let at = |path: &str| format!("{}{path}", provider.url);
    provider.lies().claims = json!({"iss": at(&acme), "tid": ACME});
    let ours = of(&provider, "/{tenantid}/v2.0", "organizations");
    let consumers = format!("/{CONSUMERS}/v2.0");
    for (path, expected, redeemed) in
        [(&*acme, "believed", 1), (&*bees, "issuer", 2), (&*consumers, "issuer", 2), ("/{tenantid}/v2.0", "issuer", 2)]
    {
        let response = AuthorizationResponse { issuer: Some(at(path)), ..response() };
        assert_eq!(outcome(&ours, Microsoft, response).await, expected, "{path}");
        assert_eq!(provider.asked("/token"), redeemed, "{path}");
    }
}
