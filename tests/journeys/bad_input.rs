use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::support::{Reply, World};

async fn raw(world: &World, method: Method, path: &str, content_type: &str, body: impl Into<reqwest::Body>) -> Reply {
    let request = world.request(method, path).header("content-type", content_type).body(body);
    Reply::of(request.send().await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_a_body_is_told_in_the_envelope() {
    let world = World::new().await;
    let json = "application/json";
    let post = async |content_type: &str, body: &'static str| {
        raw(&world, Method::POST, "/auth/login", content_type, body).await
    };
    post(json, "{\"email\": ").await.expect_error(400, "malformed_json");
    post(json, "").await.expect_error(400, "malformed_json");
    post("text/plain", "{}").await.expect_error(415, "unsupported_media_type");
    post("application/x-www-form-urlencoded", "email=a").await.expect_error(415, "unsupported_media_type");
    raw(&world, Method::POST, "/auth/login", json, vec![b'{', b'"', 0xff, b'"', b'}'])
        .await
        .expect_error(400, "malformed_json");

    let missing = post(json, "{}").await.expect(422);
    assert_eq!(missing.body["code"], "VALIDATION_ERROR");
    assert_eq!(missing.body["message"], "The given data was invalid");
    assert_eq!(missing.body["errors"]["email"], json!(["The email field is required."]));
    assert_eq!(missing.body["errors"]["password"], json!(["The password field is required."]));

    let wrong =
        post(json, r#"{"email": 5, "password": ["x"], "rolle": "owner", "remember_me": "yes"}"#).await.expect(422);
    for field in ["email", "password", "rolle", "remember_me"] {
        assert!(wrong.body["errors"][field].is_array(), "{field} is missing in {}", wrong.text);
    }
    for odd in
        ["[]", "null", "true", "\"x\"", "5", r#"{"email":"a@example.com","email":"b@example.com","password":"x"}"#]
    {
        let reply = post(json, odd).await;
        assert!(reply.status == 400 || reply.status == 422, "{odd}: {}", reply.text);
        assert!(reply.body["request_id"].is_string(), "{odd}: {}", reply.text);
    }
    let deep = format!("{{\"email\":{}", "[".repeat(100_000));
    let deep = raw(&world, Method::POST, "/auth/login", json, deep).await;
    assert_eq!(deep.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_too_large_is_refused_unread() {
    let world = World::new().await;
    let body = format!("{{\"email\": \"{}\"}}", "x".repeat(1_100_000));
    let reply = raw(&world, Method::POST, "/auth/login", "application/json", body).await;
    assert_eq!(reply.status, 413);
    assert_eq!(reply.body["code"], "PAYLOAD_TOO_LARGE");
}

/// What is answered to bytes as they are, by its first line.
async fn written(world: &World, bytes: &str) -> String {
    let address = world.base().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).await.unwrap();
    line.trim_end().to_owned()
}

/// Whatever it is answered, its connection does not stay: else it would cost as long as the client likes.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_without_end_keeps_no_connection() {
    let world = World::new().await;
    let address = world.base().strip_prefix("http://").unwrap();
    for target in ["POST /nowhere", "GET /livez", "POST /api/v1/team/invite", "PUT /api/v1/me/avatar"] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "{target} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let end = tokio::time::timeout(Duration::from_mins(1), stream.read_to_end(&mut answer)).await;
        end.unwrap_or_else(|_| panic!("{target}: it is kept")).unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 "), "{target}");
    }
    // One that has an end may be followed by another.
    let mut stream = TcpStream::connect(address).await.unwrap();
    let whole = "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    let last = "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all([whole, last].concat().as_bytes()).await.unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await.unwrap();
    assert_eq!(
        (answers.matches("HTTP/1.1 422 ").count(), answers.matches("HTTP/1.1 200 ").count()),
        (1, 1),
        "{answers}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_length_that_is_none_is_refused_and_takes_no_memory() {
    let world = World::new().await;
    for lengths in [
        "Content-Length: 18446744073709551615",
        "Content-Length: 18446744073709551616",
        "Content-Length: 9223372036854775808",
        "Content-Length: -1",
        "Content-Length: +5",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 5",
        "Content-Length: 0x5",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
    ] {
        for target in ["POST /api/v1/auth/login", "GET /livez", "POST /nowhere"] {
            let request =
                format!("{target} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{lengths}\r\n\r\n{{}}   ");
            assert!(written(&world, &request).await.starts_with("HTTP/1.1 400 "), "{target} {lengths}");
        }
    }
    let large = "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9223372036854775807\r\n\r\n{}";
    assert!(written(&world, large).await.starts_with("HTTP/1.1 413 "));
    world.get("//livez", "").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_longer_than_the_specification_says_is_told() {
    let world = World::administered().await;
    let root = world.administrator().await;
    for (path, longest) in [("/admin/users", 254), ("/admin/organizations", 63)] {
        let search = |length: usize| format!("{path}?search={}", "%C3%A9".repeat(length));
        world.get(&search(longest), &root).await.expect(200);
        let refused = world.get(&search(longest + 1), &root).await.expect_error(422, "invalid");
        let sentence = format!("The search field must be at most {longest} characters.");
        assert_eq!(refused.body["errors"], json!({"search": [sentence]}));
    }
    for path in ["/auth/forgot-password", "/auth/resend-verification", "//auth/forgot-password"] {
        let email = |length: usize| json!({"email": format!("{}@example.com", "x".repeat(length - 12))});
        // What is no address is nobody's.
        world.post(path, "", email(254)).await.expect(204);
        let refused = world.post(path, "", email(255)).await.expect_error(422, "invalid");
        assert_eq!(refused.body["errors"], json!({"email": ["The email field must be at most 254 characters."]}));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_routes_and_methods_answer_the_envelope() {
    let world = World::new().await;
    for path in ["/hives", "//", "//nowhere", "/team/", "/%ff"] {
        let reply = Reply::of(world.request(Method::GET, path).send().await.unwrap()).await.expect(404);
        assert_eq!(reply.body["code"], "NOT_FOUND", "{path}");
    }
    for method in [Method::DELETE, Method::PUT, Method::PATCH] {
        let reply = Reply::of(world.request(method, "/auth/login").send().await.unwrap()).await.expect(405);
        assert_eq!(reply.body["code"], "METHOD_NOT_ALLOWED");
        assert!(reply.headers.contains_key("allow"));
    }
    let v1 = world.http.post(format!("{}/auth/login", world.url("//v1"))).json(&json!({}));
    assert_eq!(Reply::of(v1.send().await.unwrap()).await.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_come_one_at_a_time_in_the_header() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let none = world.get("/auth/me?x=1", "").await;
    assert!(none.status == 401 || none.status == 422);
    let missing = Reply::of(world.request(Method::GET, "/auth/me").send().await.unwrap()).await;
    let missing = missing.expect_error(401, "token_missing");
    assert_eq!(missing.headers["www-authenticate"], "Bearer");
    let bad = world.get("/auth/me", "nonsense").await.expect_error(401, "token_invalid");
    assert!(bad.headers["www-authenticate"].to_str().unwrap().contains("invalid_token"));

    let bare = world.request(Method::GET, "/auth/me").header("Authorization", &ada.access);
    Reply::of(bare.send().await.unwrap()).await.expect(200);
    for path in ["/auth/me", "/hives", "//status", "//changelog", "//livez", "//docs", "//openapi.json", "//nowhere"] {
        let two = world.request(Method::GET, path).bearer_auth(&ada.access).bearer_auth(&ada.access);
        Reply::of(two.send().await.unwrap()).await.expect_error(400, "ambiguous_header");
    }
    let query = world.request(Method::GET, &format!("/auth/me?access_token={}", ada.access));
    let query = Reply::of(query.send().await.unwrap()).await;
    assert!(query.status == 401 || query.status == 422, "{}", query.text);
    let tenants = world
        .request(Method::GET, "/team")
        .bearer_auth(&ada.access)
        .header("X-Tenant", "acme")
        .header("X-Tenant", "other");
    Reply::of(tenants.send().await.unwrap()).await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn strange_text_is_never_an_error_of_ours() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let strange = [
        json!("\u{0}"),
        json!("a\u{0}@example.com"),
        json!("\u{202e}x"),
        json!("x".repeat(100_000)),
        json!([]),
        json!({}),
        json!(true),
        json!(-0),
        Value::Null,
    ];
    let bodies: [(&str, Value, &[&str]); 11] = [
        (
            "/tenants",
            json!({"name": "A", "slug": "abc", "owner": {"email": "a@example.com", "username": "abc", "password": "x"}}),
            &["name", "slug", "owner"],
        ),
        (
            "/auth/login",
            json!({"email": "a@example.com", "password": "x"}),
            &["email", "password", "remember_me", "totp_code"],
        ),
        ("/auth/refresh", json!({"refresh_token": "x"}), &["refresh_token"]),
        ("/team/invite", json!({"email": "a@example.com", "role": "member"}), &["email", "role", "invitations"]),
        ("/permissions/check", json!({"permission": "team.view"}), &["permission", "permissions", "user_id"]),
        (
            "/subscriptions",
            json!({"service": "HOSTING", "plan": "free"}),
            &["service", "plan", "trial_days", "external_reference"],
        ),
        (
            "/entitlements/SMS_GATEWAY/usage",
            json!({"meter": "messages", "quantity": 1, "idempotency_key": "k"}),
            &["meter", "quantity", "idempotency_key"],
        ),
        (
            "/entitlements/SMS_GATEWAY/reservations",
            json!({"meter": "messages", "quantity": 1}),
            &["meter", "quantity", "expires_in"],
        ),
        ("/entitlements/SMS_GATEWAY/check", json!({"feature": "messages"}), &["feature", "quantity"]),
        ("/decisions", json!({"service": "SMS_GATEWAY"}), &["permission", "service", "feature", "quantity"]),
        (
            "/webhooks",
            json!({"url": "https://example.com/", "event_types": ["user.created"]}),
            &["url", "event_types", "description"],
        ),
    ];
    for (path, good, fields) in &bodies {
        for field in *fields {
            for value in &strange {
                let mut body = good.clone();
                body[field] = value.clone();
                let reply = world.post(path, &ada.access, body).await;
                assert!(reply.status.as_u16() < 500, "{path} {field} {value}: {}", reply.text);
            }
        }
    }
    for path in [
        "/entitlements/%00",
        "/entitlements/a%2f..%2fb",
        "/team?cursor=%00",
        "/team?cursor=garbage",
        "/audit-logs?actor=%00",
        "/audit-logs?action=x%27--",
    ] {
        let reply = world.get(path, &ada.access).await;
        assert!(reply.status.as_u16() < 500, "{path}: {}", reply.text);
    }
}
