//! What is counted together, and what every answer says of it.

use std::net::SocketAddr;

use identity::Worth;
use kernel::TokenHash;
use serde_json::json;

use super::*;
use crate::testing::{limits, program, session};

/// Where there may be so many requests of each kind, and what is refused is written down.
fn limited(most: u32) -> Ports {
    let mut ports = Ports { limits: Some(limits(most)), ..Ports::of("owner") };
    ports.accounts.expect_commit().returning(|_| Ok(()));
    ports.sessions.expect_by_refresh_token().returning(|token, _| {
        let known =
            [("r", Worth::Good), ("used", Worth::Nothing)].into_iter().find(|(it, _)| *token == TokenHash::of(it));
        Ok(known.map(|(_, worth)| (session("owner"), worth)))
    });
    ports
}

fn from(address: &str, request: TestRequest) -> TestRequest {
    let address: SocketAddr = address.parse().unwrap();
    request.peer_addr(address)
}

/// What is answered to too many.
const REFUSED: (u16, &str) = (429, "too_many_requests");

fn is_refused(answer: &Answer) -> bool {
    answer.status == 429 && answer.error() == (REFUSED.0, REFUSED.1.to_owned())
}

#[actix_web::test]
async fn every_answer_of_the_api_says_what_is_left() {
    let login = || request(Method::POST, "/api/v1/auth/login");
    let requests = [
        (get("/api/v1/auth/me"), 401, "anonymous"),
        (get("/v1/hives"), 404, "anonymous"),
        (get("/nowhere"), 404, "anonymous"),
        (request(Method::DELETE, "/api/v1/team"), 405, "anonymous"),
        (request(Method::DELETE, "/docs"), 405, "anonymous"),
        (get("/docs"), 200, "anonymous"),
        (get("/openapi.json"), 200, "anonymous"),
        (get("/verify-email?token=x"), 200, "anonymous"),
        (login(), 415, "login"),
        (login().set_json(json!({})), 422, "login"),
        (login().insert_header(("Content-Type", "application/json")).set_payload(" ".repeat(1 << 21)), 413, "login"),
        (request(Method::POST, "/v1/tenants").set_json(json!({})), 422, "sign-up"),
        (post("/v1/auth/refresh", &json!({})), 422, "anonymous"),
        (post("/v1/auth/refresh", &json!({})).set_payload(" ".repeat(1 << 21)), 413, "anonymous"),
        (by("member", request(Method::DELETE, "/api/v1/team")), 405, "requests"),
        (by("member", get("/v1/hives")), 404, "requests"),
        (by("member", get("/docs")), 200, "requests"),
        // Nothing is said of the catalogue.
        (by("member", get("/api/v1/services")), 500, "requests"),
    ];
    for (request, status, kind) in requests {
        let answer = serve(limited(7)).await(request).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        let window = if kind == "anonymous" { 3_600 } else { 60 };
        let told = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit-policy", "ratelimit"];
        let reset = (kernel::testing::NOON.timestamp() + window).to_string();
        let (policy, service) = (format!("\"{kind}\";q=7;w={window}"), format!("\"{kind}\";r=6;t={window}"));
        let expected = ["7", "6", &reset, &policy, &service];
        assert_eq!(told.map(|it| answer.header(it).unwrap_or_default()), expected, "{status} {kind}");
        assert_eq!(answer.header("retry-after"), None);
    }
}

#[actix_web::test]
async fn whoever_asked_too_often_is_told_when_to_come_back_and_nothing_is_done() {
    // Not even a password is looked at: mocks of whose use nothing is said panic.
    let ask = serve(limited(1)).await;
    for (status, remaining) in [(415, "0"), (429, "0"), (429, "0")] {
        let answer = ask(request(Method::POST, "/api/v1/auth/login")).await;
        assert_eq!((answer.status, answer.header("x-ratelimit-remaining")), (status, Some(remaining)));
    }
    let answer = ask(post("/v1/auth/login", &json!({"email": "a@b.c", "password": "p"}))).await;
    assert!(is_refused(&answer));
    assert_eq!(answer.json()["code"], "RATE_LIMITED");
    assert_eq!(answer.header("retry-after"), Some("60"));
    assert_eq!(answer.header("ratelimit"), Some("\"login\";r=0;t=60"));
    let answer = ask(request(Method::HEAD, "/docs")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(ask(get("/nowhere")).await.header("retry-after"), Some("3600"));
}

#[actix_web::test]
async fn what_an_operator_asks_is_not_counted() {
    let ask = serve(limited(1)).await;
    for path in ["/livez", "/readyz", "/livez", "/readyz"] {
        let answer = ask(get(path)).await;
        assert_eq!((answer.status, answer.header("x-ratelimit-limit")), (200, None), "{path}");
    }
}

#[actix_web::test]
async fn without_limits_nothing_is_said_of_them() {
    let answer = send(Ports::default(), get("/nowhere")).await;
    assert!(!answer.headers.iter().any(|(name, _)| name.contains("ratelimit")));
}

#[actix_web::test]
async fn however_a_path_is_written_it_is_one_door() {
    let ask = serve(limited(9)).await;
    let mut left = 9;
    for path in [
        "/api/v1/auth/login",
        "/v1/auth/login",
        "/auth/signin",
        "/v1/auth/passkey/verify",
        "/v1/auth/sso/exchange",
        "/api/v1/auth/%6cogin",
        "/api/v1/auth/login?x=1",
    ] {
        let answer = ask(request(Method::POST, path)).await;
        if answer.status != 404 {
            left -= 1;
            assert_eq!(answer.header("ratelimit"), Some(&*format!("\"login\";r={left};t=60")), "{path}");
        }
    }
    assert!(left <= 3, "{left}");
    for path in ["//api/v1/auth/login", "/api/v1/auth/login/", "/api/v1/auth/LOGIN", "/api/v1//auth/login"] {
        assert_eq!(ask(request(Method::POST, path)).await.status, 404, "{path}");
    }
}

#[actix_web::test]
async fn a_network_is_one_however_its_addresses_are_written() {
    for (one, same, other) in [
        ("[2001:db8::1]:1", "[2001:db8::ffff:ffff:ffff:ffff]:2", "[2001:db8:0:1::1]:1"),
        ("192.0.2.1:1", "[::ffff:192.0.2.1]:2", "192.0.2.2:1"),
    ] {
        let ask = serve(limited(1)).await;
        let login = || request(Method::POST, "/v1/auth/login");
        assert_eq!(ask(from(one, login())).await.status, 415);
        assert!(is_refused(&ask(from(same, login())).await), "{same}");
        assert_eq!(ask(from(other, login())).await.status, 415, "{other}");
    }
}

#[actix_web::test]
async fn nobody_says_themselves_where_they_come_from() {
    let ask = serve(limited(1)).await;
    assert_eq!(ask(request(Method::POST, "/v1/auth/login")).await.status, 415);
    for header in ["X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP"] {
        for value in ["192.0.2.7", "127.0.0.1", "::1", "a", "", "for=192.0.2.7"] {
            let login = request(Method::POST, "/v1/auth/login").insert_header((header, value));
            assert!(is_refused(&ask(login).await), "{header}: {value}");
        }
    }
}

#[actix_web::test]
async fn each_user_and_each_key_is_counted_apart_wherever_they_are() {
    let ask = serve(limited(1)).await;
    let callers = ["owner", "member", "key", "token"].map(|name| match name {
        "key" | "token" => program(name).text,
        person => person.to_owned(),
    });
    for caller in &callers {
        assert_eq!(ask(by(caller, get("/v1/hives"))).await.status, 404);
    }
    for caller in &callers {
        assert!(is_refused(&ask(from("192.0.2.9:1", by(caller, get("/api/v1/hives")))).await));
    }
    // And nobody beside them has paid for it.
    assert_eq!(ask(get("/v1/hives")).await.status, 404);
}

#[actix_web::test]
async fn a_credential_that_is_no_good_is_none() {
    let shown: [fn(TestRequest) -> TestRequest; 6] = [
        |it| by("forged", it),
        |it| by("expired-owner", it),
        |it| by("hbx_x", it),
        |it| it.insert_header(("Authorization", "Basic dTpw")),
        |it| it.append_header(("Authorization", "owner")).append_header(("Authorization", "owner")),
        // The header wins.
        |it| by("forged", it.insert_header(("Cookie", "portcullis_access=owner; portcullis_refresh=r"))),
    ];
    for show in shown {
        let answer = serve(limited(9)).await(show(get("/v1/hives"))).await;
        assert_eq!(answer.header("ratelimit"), Some("\"anonymous\";r=8;t=3600"));
    }
    // What another site makes a browser send is nobody's.
    let sent = post("/v1/me/mfa/setup", &json!({})).insert_header(("Cookie", "portcullis_access=owner"));
    let answer = serve(limited(9)).await(sent).await;
    assert_eq!((answer.status, answer.header("ratelimit")), (403, Some("\"anonymous\";r=8;t=3600")));
}

#[actix_web::test]
async fn a_good_refresh_token_is_a_credential() {
    let usual = Some("\"requests\";r=8;t=60");
    let anonymous = Some("\"anonymous\";r=8;t=3600");
    for (token, told) in [("r", usual), ("used", anonymous), ("unknown", anonymous)] {
        for (path, name) in [
            ("/v1/auth/refresh", "refresh_token"),
            ("/auth/refresh-access-token", "refreshToken"),
            ("/auth/revoke-refresh-token", "refreshToken"),
        ] {
            // Whatever comes of it.
            let sent = post(path, &json!({name: token, "x": 1}));
            let answer = serve(limited(9)).await(sent).await;
            assert_eq!((answer.status, answer.header("ratelimit")), (422, told), "{path} {token}");
        }
        let cookies = format!("portcullis_access=expired-owner; portcullis_refresh={token}");
        let answer = serve(limited(9)).await(browsing(&cookies, get("/v1/hives"))).await;
        assert_eq!(answer.header("ratelimit"), told, "{token}");
    }
    // Nowhere else: it is not a body's to say.
    let answer = serve(limited(9)).await(post("/v1/auth/forgot-password", &json!({"refresh_token": "r"}))).await;
    assert_eq!(answer.header("ratelimit"), anonymous);
}

#[actix_web::test]
async fn a_body_that_was_looked_at_is_still_there() {
    let mut ports = limited(9);
    ports.refresh_tokens.expect_rotate().times(1).returning(|_, rotation| {
        assert_eq!(rotation.presented, TokenHash::of("r"));
        Ok(identity::RefreshOutcome::Refused)
    });
    let answer = send(ports, post("/v1/auth/refresh", &json!({"refresh_token": "r"}))).await;
    assert_eq!(answer.error(), (401, "token_invalid".to_owned()));
}

#[actix_web::test]
async fn a_good_credential_is_let_in_as_before() {
    let ask = serve(limited(9)).await;
    assert_eq!(ask(by("member", get("/api/v1/auth/login"))).await.status, 405);
    assert_eq!(ask(by("expired-member", get("/api/v1/me/sessions"))).await.error(), (401, "token_expired".to_owned()));
    let denied = ask(by("member", get("/api/v1/admin/settings"))).await;
    assert_eq!((denied.status, denied.header("ratelimit")), (403, Some("\"requests\";r=7;t=60")));
}

#[actix_web::test]
async fn what_another_site_makes_browsers_send_uses_up_no_tries_to_sign_in() {
    let ask = serve(limited(1)).await;
    let login = |origin| request(Method::POST, "/v1/auth/login").insert_header(("Origin", origin));
    let foreign = ask(login("https://evil.test")).await;
    assert_eq!(foreign.error(), (403, "csrf".to_owned()));
    assert!(is_refused(&ask(login("https://evil.test")).await), "it is counted all the same");
    assert_eq!(ask(login("http://127.0.0.1:8080")).await.status, 415);
}

#[actix_web::test]
async fn who_comes_back_from_a_provider_uses_up_no_tries_and_who_gives_a_second_factor_does() {
    let mut ports = limited(2);
    ports.providers.expect_offers().returning(|_| true);
    let ask = serve(ports).await;
    let back = || get("/v1/auth/google/callback?code=c&state=s");
    for (sent, left) in [(back(), 1), (back().insert_header(("Cookie", "portcullis_flow=f")), 0)] {
        let answer = ask(sent).await;
        assert_eq!(answer.error(), (400, "state_invalid".to_owned()));
        assert_eq!(answer.header("ratelimit"), Some(&*format!("\"anonymous\";r={left};t=3600")));
    }
    assert!(is_refused(&ask(back()).await));
    for left in [1, 0] {
        let answer = ask(post("/v1/auth/sso/exchange", &json!({"code": "c", "totp_code": 1}))).await;
        assert_eq!((answer.status, answer.header("ratelimit")), (422, Some(&*format!("\"login\";r={left};t=60"))));
    }
    assert!(is_refused(&ask(request(Method::POST, "/v1/auth/login")).await));
}
