//! What stands in every answer, whose pages may read it, and that it goes by HTTPS.

use std::net::SocketAddr;

use serde_json::json;

use super::*;
use crate::{Edge, Origins, TrustedProxies};

const APP: &str = "https://app.example.com";
const ALLOWED: &str = "access-control-allow-origin";

fn listing() -> Ports {
    let edge = Edge { origins: Origins::parse([APP, "http://localhost:3000"]).unwrap(), ..Edge::default() };
    Ports { edge, ..Ports::default() }
}

/// A request for each kind of answer there is.
fn of_all_kinds() -> Vec<(u16, TestRequest)> {
    vec![
        (200, get("/livez")),
        (401, get("/v1/me/profile")),
        (404, get("/v1/nothing")),
        (404, get("/nothing")),
        (404, get("/v1/me/profile/x.css")),
        (405, request(Method::DELETE, "/v1/auth/login")),
        (405, request(Method::TRACE, "/livez")),
        (405, request(Method::OPTIONS, "/v1/me/profile")),
        (415, request(Method::POST, "/v1/auth/forgot-password").set_payload("{}")),
        // Nothing stands behind it: it panics.
        (500, post("/v1/auth/verify-email", &json!({"token": "t"}))),
    ]
}

#[actix_web::test]
async fn every_answer_tells_a_listed_page_that_it_may_read_it() {
    let ask = serve(listing()).await;
    for (status, sent) in of_all_kinds() {
        let answer = ask(sent.insert_header(("Origin", APP))).await;
        assert_eq!((answer.status, answer.header(ALLOWED)), (status, Some(APP)));
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
        assert_eq!(answer.header("vary"), Some("Origin"));
        let shown = answer.header("access-control-expose-headers").unwrap();
        for name in ["X-Request-Id", "Retry-After", "X-RateLimit-Remaining", "RateLimit-Policy"] {
            assert!(shown.contains(name), "{name}");
        }
    }
}

#[actix_web::test]
async fn nobody_elses_page_is_told_so() {
    let ask = serve(listing()).await;
    for origin in [
        "https://evil.test",
        "null",
        "*",
        "",
        "https://app.example.com.evil.test",
        "https://evilapp.example.com",
        "http://app.example.com",
        "https://app.example.com:444",
        "https://APP.example.com",
        "https://app.example.com/",
        // Not even ours: it needs no leave.
        "http://127.0.0.1:8080",
    ] {
        for (status, sent) in of_all_kinds() {
            let answer = ask(sent.insert_header(("Origin", origin))).await;
            let is_refused = answer.status == 403 && answer.error().1 == "csrf";
            assert!(is_refused || answer.status == status, "{origin}: {} instead of {status}", answer.status);
            assert!(answer.headers.iter().all(|(name, _)| !name.starts_with("access-control-")), "{origin}");
            assert_eq!(answer.header("vary"), Some("Origin"));
        }
    }
    let twice = get("/livez").append_header(("Origin", APP)).append_header(("Origin", "https://evil.test"));
    assert_eq!(ask(twice).await.header(ALLOWED), None);
    let answer = send(Ports::default(), get("/livez").insert_header(("Origin", APP))).await;
    assert_eq!((answer.header(ALLOWED), answer.header("vary")), (None, None), "none are listed");
}

#[actix_web::test]
async fn a_listed_page_may_ask_first() {
    let preflight = |origin: &str| {
        request(Method::OPTIONS, "/v1/me/profile")
            .insert_header(("Origin", origin.to_owned()))
            .insert_header(("Access-Control-Request-Method", "PATCH"))
            .insert_header(("Access-Control-Request-Headers", "authorization,content-type,x-evil"))
    };
    let answer = send(listing(), preflight(APP)).await;
    assert_eq!((answer.status, answer.header(ALLOWED)), (204, Some(APP)));
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET, HEAD, POST, PUT, PATCH, DELETE"));
    let headers = answer.header("access-control-allow-headers").unwrap();
    for name in ["Authorization", "Content-Type", "X-Tenant", "Idempotency-Key", "X-CSRF-Token"] {
        assert!(headers.contains(name), "{name}");
    }
    assert!(!headers.contains("x-evil") && !headers.contains('*'));
    let refused = send(listing(), preflight("https://evil.test")).await;
    assert_eq!((refused.status, refused.header(ALLOWED)), (405, None));
    assert_eq!(refused.header("access-control-allow-methods"), None);
}

/// Sent by the proxy that is trusted.
fn by_proxy(request: TestRequest, proto: &str) -> TestRequest {
    let proxy: SocketAddr = "10.0.0.1:4711".parse().unwrap();
    request.peer_addr(proxy).insert_header(("X-Forwarded-Proto", proto.to_owned()))
}

fn requiring(require_https: bool) -> Ports {
    let proxies = TrustedProxies::parse(["10.0.0.1"]).unwrap();
    Ports { edge: Edge { proxies, require_https, ..listing().edge }, ..Ports::default() }
}

#[actix_web::test]
async fn plain_http_is_refused_where_https_is_required_and_sent_nowhere() {
    let ask = serve(requiring(true)).await;
    let refused = (403, "https_required".to_owned());
    for path in ["/v1/me/profile", "/", "/docs", "/verify-email", "/nothing", "/v1/livez", "/livez/"] {
        for sent in [get(path), by_proxy(get(path), "http"), get(path).insert_header(("X-Forwarded-Proto", "https"))] {
            let answer = ask(sent.insert_header(("Origin", APP))).await;
            assert_eq!((answer.error(), answer.header("location")), (refused.clone(), None), "{path}");
            assert_eq!((answer.header(ALLOWED), answer.header("strict-transport-security")), (Some(APP), None));
        }
    }
    assert_eq!(ask(post("/v1/auth/login", &json!({}))).await.error(), refused);
    // Whoever watches over the process stands beside it.
    assert_eq!(ask(get("/livez")).await.status, 200);
    assert_ne!(ask(get("/readyz")).await.status, 403);
    assert_eq!(ask(by_proxy(get("/v1/me/profile"), "https")).await.error(), (401, "token_missing".to_owned()));
    assert_eq!(send(requiring(false), get("/v1/me/profile")).await.status, 401);
}

#[actix_web::test]
async fn every_answer_says_how_it_is_to_be_taken() {
    let ask = serve(requiring(false)).await;
    for (status, sent) in of_all_kinds() {
        let answer = ask(by_proxy(sent, "https")).await;
        assert_eq!(answer.status, status);
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("referrer-policy", "no-referrer"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{status}");
        }
        assert!(answer.header("server").is_none() && answer.header("x-powered-by").is_none());
    }
    assert_eq!(ask(by_proxy(get("/livez"), "http")).await.header("strict-transport-security"), None);
}
