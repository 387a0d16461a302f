//! Through a provider and back.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::ProviderAccount;
use identity::ports::{MockProviders, ProviderError, Refused};
use kernel::EmailAddress;
use kernel::testing::NOON;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::*;
use crate::testing::{Waiting, google, second_factor, user};

const OURS: &str = "https://app.example.com/cb?x=1";
const VERIFIER: &str = "a-verifier-of-forty-three-characters-at-least";
const EXCHANGE: &str = "/v1/auth/sso/exchange";

/// Google and Microsoft, which say whatever was agreed on with the code.
pub(super) fn providers() -> MockProviders {
    let mut providers = MockProviders::new();
    providers.expect_offers().returning(|_| true);
    providers
        .expect_authorization_url()
        .returning(|provider, it| Ok(format!("https://{}.test/?state={}", provider.as_str(), it.state.expose())));
    providers.expect_redeem().returning(|provider, it| {
        if it.code.expose() != "right" {
            return Err(ProviderError::Refused(Refused("test")));
        }
        let identity = google();
        Ok(ProviderAccount {
            provider,
            issuer: identity.issuer,
            subject: identity.subject,
            email: EmailAddress::parse("user@example.com"),
            email_verified: true,
            auth_time: Some(NOON),
        })
    });
    providers
}

/// Where the owner's account at Google is linked.
pub(super) fn ports(waiting: &Arc<Waiting>) -> Ports {
    let mut ports = Ports::of("owner").at_passwords(true);
    ports.providers = providers();
    ports.waiting = Arc::clone(waiting);
    ports.identities.expect_by_subject().returning(|_, _| Ok(Some(google())));
    ports.accounts.expect_commit().returning(|_| Ok(()));
    ports.identity.expect_commit().returning(|_| Ok(()));
    ports
}

/// Where a second factor is asked for besides.
fn protected(waiting: &Arc<Waiting>) -> Ports {
    let mut ports = ports(waiting);
    ports.totps.expect_of().returning(|_| Ok(Some(second_factor("owner").0)));
    ports
}

fn state_of(answer: &Answer) -> String {
    answer.header("location").unwrap().split("state=").nth(1).unwrap().to_owned()
}

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

/// The way to an application of ours.
fn to_application(more: &str) -> String {
    let redirect_uri = "https%3A%2F%2Fapp.example.com%2Fcb%3Fx%3D1";
    format!("/v1/auth/google/start?redirect_uri={redirect_uri}&code_challenge={}{more}", challenge())
}

/// There and back; what the browser keeps is put in between.
async fn go(ports: impl Fn() -> Ports, start: TestRequest, back: &str) -> (Answer, String) {
    let begun = send(ports(), start).await;
    assert_eq!(begun.status, 302, "{}", begun.text);
    let kept = format!("portcullis_flow={}", begun.cookie("portcullis_flow").unwrap());
    let path = format!("/v1/auth/google/callback?{back}&state={}&scope=openid&prompt=none", state_of(&begun));
    (send(ports(), get(&path).insert_header(("Cookie", kept.clone()))).await, kept)
}

#[actix_web::test]
async fn a_way_begins_at_the_provider_and_is_remembered_by_the_browser() {
    let evil = [("Host", "evil.test"), ("X-Forwarded-Host", "evil.test"), ("Forwarded", "host=evil.test")];
    for start in
        ["/v1/auth/google/start", "/api/v1/auth/microsoft/start", &to_application("&code_challenge_method=S256")]
    {
        let answer =
            send(ports(&Arc::default()), evil.iter().fold(get(start), |it, header| it.insert_header(*header))).await;
        assert_eq!((answer.status, answer.header("cache-control")), (302, Some("no-store")), "{}", answer.text);
        let location = answer.header("location").unwrap();
        assert!(location.starts_with("https://google.test/?") || location.starts_with("https://microsoft.test/?"));
        assert!(!location.contains("evil"), "{location}");
        let [cookie] = answer.cookies()[..] else { panic!("{:?}", answer.cookies()) };
        let (_, attributes) = cookie.split_once(';').unwrap();
        assert!(cookie.starts_with("portcullis_flow="), "{cookie}");
        assert_eq!(attributes, " HttpOnly; SameSite=Lax; Path=/; Max-Age=300");
    }
}

#[actix_web::test]
async fn what_is_not_configured_is_not_there() {
    let start = send(ports(&Arc::default()), get("/v1/auth/github/start")).await;
    let callback = send(ports(&Arc::default()), get("/v1/auth/github/callback?code=right&state=s")).await;
    for answer in [start, callback] {
        assert_eq!(answer.error(), (404, "not_found".to_owned()));
    }
    for path in ["/v1/auth/microsoft/start", "/v1/auth/microsoft/callback?code=right&state=s"] {
        let mut ports = Ports::default();
        ports.providers.expect_offers().returning(|_| false);
        assert_eq!(send(ports, get(path)).await.error(), (404, "not_found".to_owned()), "{path}");
    }
}

#[actix_web::test]
async fn a_way_ends_at_our_own_pages_or_exactly_where_the_configuration_says() {
    let started = |query: String| send(ports(&Arc::default()), get(&format!("/v1/auth/google/start?{query}")));
    for bad in [
        "//evil.test",
        "/%5Cevil.test",
        "https:evil.test",
        "https://app.example.com@evil.test",
        "https://app.example.com.evil.test",
        "/%2f%2fevil.test",
        "javascript:alert(1)",
        "/x%0d%0aSet-Cookie:a=b",
        "https://app.example.com/cb",
        "https://app.example.com/cb?x=1%26y",
        "https://app.example.com/cb%3Fx=1%23f",
        "https://APP.example.com/cb%3Fx=1",
        "https://app.example.com/CB%3Fx=1",
        "",
    ] {
        let answer = started(format!("redirect_uri={bad}&code_challenge={}", challenge())).await;
        assert_eq!(answer.error(), (422, "invalid".to_owned()), "{bad}");
        assert_eq!(answer.json()["errors"].as_object().unwrap().keys().collect::<Vec<_>>(), ["redirect_uri"], "{bad}");
        assert!(answer.header("location").is_none() && answer.cookies().is_empty(), "{bad}");
    }
    for (query, field) in [
        (format!("redirect_uri={}", "https%3A%2F%2Fapp.example.com%2Fcb%3Fx%3D1"), "code_challenge"),
        (format!("code_challenge={}", challenge()), "redirect_uri"),
        ("redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb%3Fx%3D1&code_challenge=short".to_owned(), "code_challenge"),
        ("code_challenge_method=plain".to_owned(), "code_challenge_method"),
        ("return_to=https://evil.test".to_owned(), "return_to"),
        ("step_up=yes".to_owned(), "step_up"),
    ] {
        let answer = started(query.clone()).await;
        assert_eq!(answer.error(), (422, "invalid".to_owned()), "{query}");
        assert_eq!(answer.json()["errors"].as_object().unwrap().keys().collect::<Vec<_>>(), [field], "{query}");
    }
}

#[actix_web::test]
async fn a_browser_keeps_the_sign_in_and_goes_on_to_the_app() {
    let waiting = Arc::default();
    let (answer, kept) = go(|| ports(&waiting), get("/v1/auth/google/start"), "code=right").await;
    assert_eq!((answer.status, answer.header("location")), (302, Some("/app")), "{}", answer.text);
    assert_eq!((answer.text.as_str(), answer.header("cache-control")), ("", Some("no-store")));
    let lasting = |name: &str| answer.cookies().into_iter().find(|it| it.starts_with(name)).unwrap().to_owned();
    assert_eq!(lasting("portcullis_access"), "portcullis_access=signed; HttpOnly; SameSite=Lax; Path=/; Max-Age=900");
    assert!(lasting("portcullis_refresh").ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000"));
    assert!(lasting("portcullis_flow=;").contains("Max-Age=0"));
    // The same way is not gone twice.
    let again = get("/v1/auth/google/callback?code=right&state=x").insert_header(("Cookie", kept));
    assert_eq!(send(ports(&waiting), again).await.error(), (400, "state_invalid".to_owned()));
}

#[actix_web::test]
async fn who_did_not_begin_here_is_sent_away() {
    let invalid = (400, "state_invalid".to_owned());
    let begin = |waiting: Arc<Waiting>| async move {
        let begun = send(ports(&waiting), get("/v1/auth/google/start")).await;
        (state_of(&begun), begun.cookie("portcullis_flow").unwrap().to_owned())
    };
    for (provider, cookie, back) in [
        ("google", None, "code=right&state={state}"),
        ("google", Some("another"), "code=right&state={state}"),
        ("microsoft", Some("{kept}"), "code=right&state={state}"),
        ("google", Some("{kept}"), "code=right&state=another"),
        ("google", Some("{kept}"), "code=right"),
    ] {
        let waiting = Arc::default();
        let (state, kept) = begin(Arc::clone(&waiting)).await;
        let sent = get(&format!("/v1/auth/{provider}/callback?{}", back.replace("{state}", &state)));
        let sent = cookie.into_iter().fold(sent, |it, cookie| {
            it.insert_header(("Cookie", format!("portcullis_flow={}", cookie.replace("{kept}", &kept))))
        });
        let answer = send(ports(&waiting), sent).await;
        assert_eq!(answer.error(), invalid, "{provider} {cookie:?} {back}");
        assert!(answer.cookies().is_empty());
    }
    for back in ["code=wrong", "error=access_denied"] {
        let (answer, _) = go(|| ports(&Arc::default()), get("/v1/auth/google/start"), back).await;
        assert_eq!(answer.error().0, 400, "another app keeps nothing of it");
        let waiting = Arc::default();
        let (answer, _) = go(|| ports(&waiting), get("/v1/auth/google/start"), back).await;
        assert_eq!(answer.error(), (401, "proof_invalid".to_owned()), "{back}");
    }
}

#[actix_web::test]
async fn who_has_a_second_factor_is_asked_for_it_on_a_page() {
    let waiting = Arc::default();
    let (answer, kept) = go(|| protected(&waiting), get("/v1/auth/google/start"), "code=right").await;
    let code = answer.header("location").unwrap().strip_prefix("/second-factor#code=").unwrap().to_owned();
    assert_eq!((answer.status, answer.cookies().len()), (302, 1), "{:?}", answer.cookies());
    assert!(answer.cookies()[0].starts_with(&kept) && answer.cookies()[0].ends_with("Max-Age=300"));

    let give = |more: Value| {
        let mut body = json!({"code": code});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        post(EXCHANGE, &body)
    };
    let recovery = json!({"recovery_code": second_factor("owner").1[0].expose()});
    // From elsewhere it is not even looked at.
    for origin in [None, Some("https://evil.test"), Some("null")] {
        let sent = give(recovery.clone()).insert_header(("Cookie", kept.clone()));
        let sent = origin.into_iter().fold(sent, |it, origin| it.insert_header(("Origin", origin)));
        assert_eq!(send(protected(&waiting), sent).await.error(), (403, "csrf".to_owned()), "{origin:?}");
    }
    // What is missing or wrong can be given again.
    for (more, kind) in
        [(json!({}), "mfa_required"), (json!({"totp_code": "000000"}), "mfa_invalid"), (json!({}), "mfa_required")]
    {
        let answer = send(protected(&waiting), browsing(&kept, give(more))).await;
        assert_eq!(answer.error(), (401, kind.to_owned()));
        assert!(answer.cookies().is_empty());
    }
    let answer = send(protected(&waiting), browsing(&kept, give(recovery.clone()))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["user"]["id"], json!(user("owner").id));
    assert!(!answer.text.contains("signed") && !answer.text.contains("_token"), "{}", answer.text);
    assert_eq!((answer.cookie("portcullis_access"), answer.cookie("portcullis_flow")), (Some("signed"), Some("")));
    assert_eq!(answer.cookie("portcullis_refresh").unwrap().len(), 43);
    let again = send(protected(&waiting), browsing(&kept, give(recovery))).await;
    assert_eq!(again.error(), (401, "token_invalid".to_owned()));
}

#[actix_web::test]
async fn a_code_is_worth_nothing_to_another_browser() {
    let waiting = Arc::default();
    let (answer, _) = go(|| protected(&waiting), get("/v1/auth/google/start"), "code=right").await;
    let code = answer.header("location").unwrap().strip_prefix("/second-factor#code=").unwrap().to_owned();
    let body = json!({"code": code, "recovery_code": second_factor("owner").1[0].expose()});
    let answer = send(protected(&waiting), browsing("portcullis_flow=another", post(EXCHANGE, &body))).await;
    assert_eq!(answer.error(), (401, "token_invalid".to_owned()));
    let nothing = send(ports(&waiting), post(EXCHANGE, &json!({"code": "c"}))).await;
    assert_eq!(nothing.json()["errors"], json!({"code_verifier": ["The code_verifier field is required."]}));
}

#[actix_web::test]
async fn an_application_is_told_a_code_that_its_verifier_redeems_once() {
    let waiting = Arc::default();
    let (answer, _) = go(|| protected(&waiting), get(&to_application("")), "code=right").await;
    let code = answer.header("location").unwrap().strip_prefix(&format!("{OURS}&code=")).unwrap().to_owned();
    assert_eq!((answer.status, answer.cookies().len()), (302, 0));
    let recovery = second_factor("owner").1[0].expose().to_owned();
    let give = |more: Value| {
        let mut body = json!({"code": code, "code_verifier": VERIFIER});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        send(protected(&waiting), post(EXCHANGE, &body))
    };
    assert_eq!(give(json!({})).await.error(), (401, "mfa_required".to_owned()));
    let answer = give(json!({"recovery_code": recovery})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let told = answer.json();
    assert_eq!((&told["access_token"], &told["token_type"]), (&json!("signed"), &json!("bearer")));
    assert_eq!((told["refresh_token"].as_str().unwrap().len(), answer.cookies().len()), (43, 0));
    assert_eq!(give(json!({"recovery_code": recovery})).await.error(), (401, "token_invalid".to_owned()));
}

#[actix_web::test]
async fn a_code_with_another_verifier_is_used_up() {
    let waiting = Arc::default();
    let (answer, _) = go(|| ports(&waiting), get(&to_application("")), "code=right").await;
    let code = answer.header("location").unwrap().strip_prefix(&format!("{OURS}&code=")).unwrap().to_owned();
    for verifier in ["another", VERIFIER] {
        let answer = send(ports(&waiting), post(EXCHANGE, &json!({"code": code, "code_verifier": verifier}))).await;
        assert_eq!(answer.error(), (401, "token_invalid".to_owned()), "{verifier}");
    }
}

#[actix_web::test]
async fn an_application_is_told_why_it_did_not_work() {
    for back in ["code=wrong", "error=access_denied"] {
        let waiting = Arc::default();
        let (answer, _) = go(|| ports(&waiting), get(&to_application("")), back).await;
        let told = format!("{OURS}&error=proof_invalid");
        assert_eq!((answer.status, answer.header("location")), (302, Some(told.as_str())), "{back}");
        assert_eq!((answer.text.as_str(), answer.cookies().len()), ("", 0));
    }
}

#[actix_web::test]
async fn somebody_signed_in_steps_up_by_a_provider() {
    let start = "/v1/auth/google/start?step_up=true";
    let nobody = send(ports(&Arc::default()), get(start)).await;
    assert_eq!(nobody.error(), (401, "token_missing".to_owned()));
    let stale = send(ports(&Arc::default()), browsing("portcullis_access=expired-owner", get(start))).await;
    assert_eq!(stale.error(), (401, "token_missing".to_owned()));
    // To sign in, an old cookie is in nobody's way.
    let again = browsing("portcullis_access=expired-owner", get("/v1/auth/google/start"));
    assert_eq!(send(ports(&Arc::default()), again).await.status, 302);

    let waiting = Arc::default();
    let (answer, _) = go(|| ports(&waiting), browsing("portcullis_access=owner", get(start)), "code=right").await;
    assert_eq!((answer.status, answer.header("location")), (302, Some("/app")), "{}", answer.text);
    assert_eq!((answer.cookie("portcullis_access"), answer.cookie("portcullis_refresh")), (Some("signed"), None));

    let waiting = Arc::default();
    let started = by("owner", get(&to_application("&step_up=true")));
    let (answer, _) = go(|| ports(&waiting), started, "code=right").await;
    let code = answer.header("location").unwrap().strip_prefix(&format!("{OURS}&code=")).unwrap().to_owned();
    let body = json!({"code": code, "code_verifier": VERIFIER});
    let told = send(ports(&waiting), post(EXCHANGE, &body)).await;
    let renewed = json!({"access_token": "signed", "token_type": "bearer", "expires_in": 900});
    assert_eq!((told.status, told.json()), (200, renewed));
}

#[actix_web::test]
async fn an_account_that_exists_is_not_taken_over_and_a_stranger_needs_an_invitation() {
    let unlinked = |waiting: &Arc<Waiting>, provider_is_known: bool| {
        let mut ports = Ports { providers: providers(), waiting: Arc::clone(waiting), ..Ports::default() };
        ports.identities.expect_by_subject().returning(|_, _| Ok(None));
        ports.identities.expect_of().returning(|_| Ok(vec![google()]));
        ports.users.expect_by_email().returning(move |_| Ok(provider_is_known.then(|| user("owner"))));
        ports.invitations.expect_open_for().returning(|_, _| Ok(Vec::new()));
        ports
            .accounts
            .expect_commit()
            .withf(|unit| unit.changes.is_empty() && unit.evidence.audit[0].action == "oidc.rejected")
            .returning(|_| Ok(()));
        ports
    };
    for (known, refused) in [(true, (409, "account_not_linked")), (false, (403, "registration_closed"))] {
        let waiting = Arc::default();
        let (answer, _) = go(|| unlinked(&waiting, known), get("/v1/auth/google/start"), "code=right").await;
        assert_eq!(answer.error(), (refused.0, refused.1.to_owned()));
        assert!(answer.cookies().is_empty());
    }
}
