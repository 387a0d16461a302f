use actix_web::http::Method;
use serde_json::json;

use super::*;

#[actix_web::test]
async fn unknown_routes_are_not_found() {
    for path in ["/", "/nothing", "/api/v1/hives", "/api/v1/team/", "//api/v1/team", "/v1", "/api/v1/me/x.css", "/%ff"]
    {
        for method in [Method::GET, Method::POST, Method::OPTIONS, Method::TRACE] {
            let answer = send(Ports::default(), request(method, path)).await;
            assert_eq!(answer.error(), (404, "not_found".to_owned()), "{path}");
        }
    }
}

#[actix_web::test]
async fn a_wrong_method_learns_the_right_one() {
    for (path, allowed) in
        [("/api/v1/team/invite", "POST"), ("/v1/team", "GET, HEAD"), ("/livez", "GET, HEAD"), ("/docs", "GET, HEAD")]
    {
        for method in [Method::DELETE, Method::OPTIONS, Method::TRACE, Method::CONNECT] {
            let answer = send(Ports::default(), request(method, path)).await;
            assert_eq!(answer.error(), (405, "method_not_allowed".to_owned()), "{path}");
            assert_eq!(answer.header("allow"), Some(allowed));
        }
    }
}

#[actix_web::test]
async fn every_answer_carries_its_id_and_is_neither_guessed_framed_nor_cached() {
    for path in ["/livez", "/nothing", "/api/v1/auth/me"] {
        let answer = send(Ports::default(), get(path)).await;
        assert!(answer.header("x-request-id").is_some());
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("content-security-policy"), Some("default-src 'none'; frame-ancestors 'none'"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("server"), None);
    }
}

#[actix_web::test]
async fn a_panic_costs_one_request() {
    // Nothing is said of the catalogue, and a mock that is asked then panics.
    let answer = send(Ports::default(), by("owner", get("/api/v1/services"))).await;
    assert_eq!(answer.error(), (500, "internal".to_owned()));
    assert!(!answer.text.contains("mock"));
}

#[actix_web::test]
async fn bodies_are_json_and_not_too_large() {
    let login = || request(Method::POST, "/api/v1/auth/login");
    let json = || login().insert_header(("Content-Type", "application/json"));
    let cases = [
        (login().set_payload("{}"), (415, "unsupported_media_type")),
        (login().insert_header(("Content-Type", "text/plain")).set_payload("{}"), (415, "unsupported_media_type")),
        (login().insert_header(("Content-Type", "application/json; charset=latin1")), (415, "unsupported_media_type")),
        (json().insert_header(("Content-Encoding", "gzip")).set_payload("{}"), (415, "unsupported_media_type")),
        (json().set_payload("{"), (400, "malformed_json")),
        (json().set_payload(""), (400, "malformed_json")),
        (json().set_payload(&b"{\"email\":\"\xff\"}"[..]), (400, "malformed_json")),
        (json().set_payload(r#"{"email":"a","email":"b"}"#), (400, "malformed_json")),
        (json().set_payload("[".repeat(100_000)), (400, "malformed_json")),
        (json().set_payload(" ".repeat(1024 * 1024 + 1)), (413, "payload_too_large")),
        (json().set_payload("[]"), (422, "invalid")),
    ];
    for (request, (status, name)) in cases {
        assert_eq!(send(Ports::default(), request).await.error(), (status, name.to_owned()));
    }
}

#[actix_web::test]
async fn a_key_that_stands_twice_is_named() {
    let request = request(Method::POST, "/api/v1/auth/login").insert_header(("Content-Type", "application/json"));
    let answer = send(Ports::default(), request.set_payload(r#"{"email":"a","email":"b"}"#)).await;
    let message = "The key \"email\" stands twice in an object at line 1 column 20.";
    assert_eq!(answer.json()["message"], message);
}

#[actix_web::test]
async fn an_invalid_body_is_answered_in_the_seeds_words() {
    let answer = send(Ports::default(), post("/api/v1/auth/login", &json!({"password": "p", "admin": true}))).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.json()["message"], "The given data was invalid");
    assert_eq!(
        answer.json()["errors"],
        json!({"email": ["The email field is required."], "admin": ["The admin field is unknown."]})
    );
}

#[actix_web::test]
async fn passwords_that_differ_are_told_beside_the_rest() {
    let body = json!({"email": "x", "username": "u_1", "password": "Secret123!", "confirm_password": "Secret123?"});
    let answer = send(Ports::default(), post("/api/v1/auth/register", &body)).await;
    assert_eq!(answer.error(), (422, "invalid".to_owned()));
    let errors = &answer.json()["errors"];
    assert_eq!(errors["confirm_password"], json!(["The confirm_password field must match password."]));
    assert_eq!(errors["email"], json!(["The email field must be a valid email address."]));
}
