//! Signing in for a browser to keep it, and going on without asking.

use identity::{Change, RefreshOutcome, Rotation, Session, Worth};
use kernel::testing::NOON;
use kernel::{TokenHash, UnitOfWork, Write};
use serde_json::json;

use super::*;
use crate::testing::{caller, session, user};

const OURS: (&str, &str) = ("Origin", "http://127.0.0.1:8080");

fn login(query: &str) -> TestRequest {
    post(&format!("/v1/auth/login{query}"), &json!({"email": "user@example.com", "password": "SecurePass123!"}))
}

/// Where the owner's password is right.
fn signing_in() -> Ports {
    let mut ports = Ports::of("owner").at_passwords(true);
    ports.identity.expect_commit().returning(|_| Ok(()));
    ports
}

fn csrf() -> (u16, String) {
    (403, "csrf".to_owned())
}

#[actix_web::test]
async fn a_browser_keeps_the_tokens_and_no_script_sees_them() {
    for (public_url, prefix, secure) in
        [("http://127.0.0.1:8080", "", ""), ("https://id.example.com", "__Host-", "; Secure")]
    {
        let ports = Ports { public_url: Some(public_url), ..signing_in() };
        let answer = send(ports, login("?cookie=true").insert_header(("Origin", public_url))).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")), "{}", answer.text);
        let body = answer.json();
        let fields: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["expires_in", "refresh_expires_in", "user"]);
        let refresh = answer.cookie(&format!("{prefix}portcullis_refresh")).unwrap();
        assert_eq!(refresh.len(), 43);
        let kept = |name: &str, value: &str, age: u32| {
            format!("{prefix}portcullis_{name}={value}; HttpOnly; SameSite=Lax{secure}; Path=/; Max-Age={age}")
        };
        let mut told = answer.cookies();
        told.sort_unstable();
        assert_eq!(told, [kept("access", "signed", 900), kept("refresh", refresh, 2_592_000)]);
    }
}

#[actix_web::test]
async fn without_being_asked_nothing_is_kept() {
    for query in ["", "?cookie=false", "?role=owner"] {
        let answer = send(signing_in(), login(query).insert_header(OURS)).await;
        assert!(answer.cookies().is_empty() && answer.json()["access_token"] == "signed", "{query}");
    }
    for query in ["?cookie=yes", "?cookie=", "?cookie=true&cookie=true"] {
        let answer = send(Ports::default(), login(query).insert_header(OURS)).await;
        assert_eq!(answer.error(), (422, "invalid".to_owned()), "{query}");
    }
}

#[actix_web::test]
async fn nobody_is_signed_in_by_another_sites_page() {
    for foreign in ["https://evil.test", "null", "http://127.0.0.1:8080.evil.test", "https://app.example.com"] {
        for query in ["", "?cookie=true"] {
            let answer = send(Ports::default(), login(query).insert_header(("Origin", foreign))).await;
            assert_eq!(answer.error(), csrf(), "{foreign}{query}");
        }
    }
    // A program sends no origin, and gets what it can do something with.
    assert_eq!(send(signing_in(), login("")).await.status, 200);
    assert_eq!(send(Ports::default(), login("?cookie=true")).await.error(), csrf());
    let listed = || Ports {
        edge: crate::Edge {
            origins: crate::Origins::parse(["https://app.example.com"]).unwrap(),
            ..Default::default()
        },
        ..signing_in()
    };
    let answer = send(listed(), login("?cookie=true").insert_header(("Origin", "https://app.example.com"))).await;
    assert_eq!((answer.status, answer.cookies().len()), (200, 2));
    assert_eq!(send(listed(), login("").insert_header(("Origin", "https://evil.test"))).await.error(), csrf());
}

#[actix_web::test]
async fn a_token_proves_what_an_origin_would() {
    let ask = serve(signing_in()).await;
    let told = ask(get("/v1/auth/csrf")).await;
    let token = told.json()["csrf_token"].as_str().unwrap().to_owned();
    assert_eq!((told.status, told.header("x-csrf-token")), (200, Some(token.as_str())));
    assert!(told.cookies()[0].ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=86400"), "{:?}", told.cookies());
    let cookie = format!("portcullis_csrf={}", told.cookie("portcullis_csrf").unwrap());
    let sent = |cookie: &str, token: &str| {
        let login = login("?cookie=true").insert_header(("X-CSRF-Token", token.to_owned()));
        ask(login.insert_header(("Cookie", cookie.to_owned())))
    };
    assert_eq!(sent(&cookie, &token).await.status, 200);
    assert_eq!(sent("", &token).await.error(), csrf());
    assert_eq!(sent("portcullis_csrf=other", &token).await.error(), csrf());
    assert_eq!(sent(&cookie, "other").await.error(), csrf());
    // Asked again, the same browser is told the same: what one tab was told, another must not take away.
    let again = ask(get("/v1/auth/csrf").insert_header(("Cookie", cookie))).await;
    assert_eq!(again.json()["csrf_token"], json!(token));
}

/// Where `r` is the owner's refresh token, and good for this much.
fn keeping(worth: Worth) -> Ports {
    let mut ports = Ports::of("owner");
    ports.standings.expect_of().returning(|_, _| Ok(None));
    ports
        .sessions
        .expect_by_refresh_token()
        .returning(move |token, _| Ok((*token == TokenHash::of("r")).then(|| (session("owner"), worth))));
    ports
}

#[actix_web::test]
async fn who_has_a_good_refresh_token_is_served_and_given_access() {
    let given = "portcullis_access=signed; HttpOnly; SameSite=Lax; Path=/; Max-Age=900";
    for cookies in [
        "portcullis_refresh=r",
        "portcullis_access=expired-owner; portcullis_refresh=r",
        "portcullis_access=x; portcullis_refresh=r",
    ] {
        for worth in [Worth::Good, Worth::JustUsed] {
            // Nothing is written: no store is there to write to.
            let answer = send(keeping(worth), get("/v1/me/profile").insert_header(("Cookie", cookies))).await;
            assert_eq!((answer.status, answer.cookies()), (200, vec![given]), "{cookies}: {}", answer.text);
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert_eq!(answer.json()["id"], json!(caller("owner").unwrap().user));
        }
        let mut ports = keeping(Worth::Good);
        ports.organizations.expect_find().returning(|_| Ok(None));
        let answer = send(ports, get("/v1/organizations/nowhere").insert_header(("Cookie", cookies))).await;
        assert_eq!((answer.status, answer.cookies()), (404, vec![given]), "also where the answer is no");
    }
}

#[actix_web::test]
async fn a_good_access_token_is_not_renewed_and_no_cookie_counts_beside_a_header() {
    let answer = send(
        Ports::of("owner"),
        get("/v1/me/profile").insert_header(("Cookie", "portcullis_access=owner; portcullis_refresh=r")),
    )
    .await;
    assert_eq!((answer.status, answer.cookies().len()), (200, 0));
    for (header, refusal) in
        [("Bearer expired-owner", "token_expired"), ("Bearer", "token_missing"), ("", "token_missing")]
    {
        let sent = get("/v1/me/profile").insert_header(("Cookie", "portcullis_refresh=r"));
        let answer = send(Ports::of("owner"), sent.insert_header(("Authorization", header))).await;
        assert_eq!(answer.error(), (401, refusal.to_owned()), "{header}");
        assert!(answer.cookies().is_empty());
    }
}

#[actix_web::test]
async fn a_refresh_token_that_is_no_good_gives_nothing() {
    for (cookies, refusal) in [
        ("portcullis_refresh=r", "token_invalid"),
        ("portcullis_access=expired-owner; portcullis_refresh=r", "token_expired"),
        ("portcullis_access=forged; portcullis_refresh=r", "token_invalid"),
    ] {
        let answer = send(keeping(Worth::Nothing), get("/v1/me/profile").insert_header(("Cookie", cookies))).await;
        assert_eq!(answer.error(), (401, refusal.to_owned()), "{cookies}");
        assert!(answer.cookies().is_empty());
    }
    let ended = Session { ended_at: Some(NOON), ..session("owner") };
    let mut ports = Ports::of("owner");
    ports.sessions.expect_by_refresh_token().returning(move |_, _| Ok(Some((ended.clone(), Worth::Good))));
    let answer = send(ports, get("/v1/me/profile").insert_header(("Cookie", "portcullis_refresh=r"))).await;
    assert_eq!(answer.error(), (401, "token_invalid".to_owned()));
}

#[actix_web::test]
async fn what_changes_something_needs_its_proof_before_anything_is_renewed() {
    let change = || request(Method::PATCH, "/v1/me/profile").set_json(json!({"name": "J."}));
    let foreign =
        change().insert_header(("Cookie", "portcullis_refresh=r")).insert_header(("Origin", "https://evil.test"));
    assert_eq!(send(Ports::default(), foreign).await.error(), csrf());
    let mut ports = keeping(Worth::Good);
    ports.identity.expect_commit().times(1).returning(|_| Ok(()));
    let answer = send(ports, browsing("portcullis_refresh=r", change())).await;
    assert_eq!((answer.status, answer.cookie("portcullis_access")), (200, Some("signed")));
}

#[actix_web::test]
async fn refreshing_rotates_the_cookie_and_needs_no_body() {
    let rotating = || {
        let mut ports = Ports::default();
        let is_meant = |_: &_, it: &Rotation| it.presented == TokenHash::of("r");
        ports.refresh_tokens.expect_rotate().withf(is_meant).times(1).returning(|_, _| {
            Ok(RefreshOutcome::Rotated { session: session("owner"), user: user("owner"), standing: None })
        });
        ports
    };
    for body in [None, Some(json!({}))] {
        let sent = request(Method::POST, "/v1/auth/refresh");
        let sent = body.iter().fold(sent, TestRequest::set_json);
        let answer = send(rotating(), browsing("portcullis_refresh=r", sent)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.cookie("portcullis_access"), Some("signed"));
        assert_ne!(answer.cookie("portcullis_refresh"), Some("r"));
        assert!(answer.json().get("refresh_token").is_none() && answer.json().get("access_token").is_none());
    }
    // What the body names counts first, and is answered in the body.
    let sent = post("/v1/auth/refresh", &json!({"refresh_token": "r"}));
    let answer = send(rotating(), browsing("portcullis_refresh=other", sent)).await;
    assert_eq!((answer.cookies().len(), &answer.json()["access_token"]), (0, &json!("signed")));
    // Any header wins over the cookie; and there must be something to refresh.
    for sent in [
        browsing("portcullis_refresh=r", by("owner", request(Method::POST, "/v1/auth/refresh"))),
        request(Method::POST, "/v1/auth/refresh"),
        post("/v1/auth/refresh", &json!({})),
    ] {
        let answer = send(Ports::default(), sent).await;
        assert_eq!(answer.error(), (422, "invalid".to_owned()));
        assert!(answer.json()["errors"]["refresh_token"].is_array());
    }
    let foreign = request(Method::POST, "/v1/auth/refresh").insert_header(("Cookie", "portcullis_refresh=r"));
    assert_eq!(send(Ports::default(), foreign).await.error(), csrf());
}

#[actix_web::test]
async fn what_renews_the_access_token_answers_as_it_was_asked() {
    for (path, body) in [
        ("/v1/auth/step-up", json!({"password": "SecurePass123!"})),
        ("/v1/auth/switch-tenant", json!({"organization": "acme"})),
    ] {
        let ports = || {
            let mut ports = Ports::of("owner");
            ports.standings.expect_of().returning(|_, _| {
                let role = kernel::RoleKey::OWNER;
                Ok(Some(identity::Standing { organization: crate::testing::acme(), role, active: true }))
            });
            let mut ports = ports.at_passwords(true);
            ports.identity.expect_commit().returning(|_| Ok(()));
            ports
        };
        let answer = send(ports(), browsing("portcullis_access=owner", post(path, &body))).await;
        assert_eq!((answer.status, answer.cookie("portcullis_access")), (200, Some("signed")), "{}", answer.text);
        assert_eq!((answer.json(), answer.cookies().len()), (json!({"expires_in": 900}), 1));
        let answer = send(ports(), by("owner", post(path, &body))).await;
        assert_eq!((answer.json()["access_token"].as_str(), answer.cookies().len()), (Some("signed"), 0));
    }
}

#[actix_web::test]
async fn who_leaves_is_given_nothing_to_keep() {
    let mut ports = keeping(Worth::Good);
    let ends = |unit: &UnitOfWork<Change>| matches!(unit.changes.as_slice(), [Change::Session(Write::Save { .. })]);
    ports.identity.expect_commit().withf(ends).times(1).returning(|_| Ok(()));
    let cookies = "portcullis_access=expired-owner; portcullis_refresh=r; portcullis_csrf=x";
    let answer = send(ports, browsing(cookies, request(Method::POST, "/v1/auth/logout"))).await;
    assert_eq!(answer.status, 204);
    assert!(answer.cookies().iter().all(|it| it.contains("=; ") && it.contains("Max-Age=0")), "{:?}", answer.cookies());
}

#[actix_web::test]
async fn a_cookie_makes_no_body_json() {
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/xml"]
    {
        let body = r#"{"name":"J."}"#;
        let sent = request(Method::PATCH, "/v1/me/profile").set_payload(body).insert_header(("Content-Type", kind));
        let answer = send(Ports::of("owner"), browsing("portcullis_access=owner", sent)).await;
        assert_eq!(answer.error(), (415, "unsupported_media_type".to_owned()), "{kind}");
    }
}
