//! The requests of seed 002 as they stand there, with only the host changed.

use serde_json::{Value, json};

use crate::support::{Reply, World};

async fn send(world: &World, path: &str, body: &'static str) -> Reply {
    let request = world.http.post(world.url(path)).header("Content-Type", "application/json").body(body);
    Reply::of(request.send().await.unwrap()).await
}

const REGISTER: &str = r#"{
"email": "user@example.com",
"username": "johndoe",
"password": "SecurePass123!",
"confirm_password": "SecurePass123!"
}"#;

const LOGIN: &str = r#"{
"email": "user@example.com",
"password": "SecurePass123!",
"remember_me": false
}"#;

/// What a token says, unverified, as seed 002 shows it.
fn claims(token: &str) -> Value {
    use base64::Engine;
    let payload = token.split('.').nth(1).expect("a JWT has three parts");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn register_login_use_and_refresh() {
    let world = World::new().await;
    let account = send(&world, "/auth/register", REGISTER).await.expect(201);
    assert_eq!(account.body["email"], "user@example.com");
    assert_eq!(account.body["username"], "johndoe");
    assert_eq!(account.body["is_verified"], false);
    assert_eq!(account.body["message"], "User registered successfully");
    assert!(account.text_of("/created_at").ends_with('Z'));

    let login = send(&world, "/auth/login", LOGIN).await.expect(200);
    assert_eq!(login.body["token_type"], "bearer");
    assert_eq!(
        (login.body["expires_in"].as_i64(), login.body["refresh_expires_in"].as_i64()),
        (Some(900), Some(604_800))
    );
    assert_eq!(login.body["user"]["id"], account.body["id"]);
    assert_eq!(login.body["user"]["is_active"], true);
    let said = claims(&login.text_of("/access_token"));
    for (claim, value) in [
        ("sub", &account.body["id"]),
        ("email", &json!("user@example.com")),
        ("username", &json!("johndoe")),
        ("is_verified", &json!(false)),
        ("type", &json!("access")),
        ("iss", &json!("portcullis")),
        ("aud", &json!("portcullis")),
    ] {
        assert_eq!(&said[claim], value, "{claim}");
    }
    assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), 900);
    assert_eq!(said["nbf"], said["iat"]);

    let refreshed = world.post("/auth/refresh", "", json!({"refresh_token": login.text_of("/refresh_token")})).await;
    let refreshed = refreshed.expect(200);
    world.get("/auth/me", &refreshed.text_of("/access_token")).await.expect(200);
    world.get("/hives", &refreshed.text_of("/access_token")).await.expect_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn remembered_for_long() {
    let world = World::new().await;
    send(&world, "/auth/register", REGISTER).await.expect(201);
    let login =
        send(&world, "/auth/login", r#"{"email":"user@example.com","password":"SecurePass123!","remember_me":true}"#);
    let login = login.await.expect(200);
    assert_eq!(
        (login.body["expires_in"].as_i64(), login.body["refresh_expires_in"].as_i64()),
        (Some(86_400), Some(2_592_000))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_broken_rule_has_its_message() {
    let world = World::new().await;
    let body = json!({"email": "x", "username": "a b", "password": "short", "confirm_password": "other"});
    let reply = world.post("/auth/register", "", body).await.expect(422);
    assert_eq!(reply.body["message"], "The given data was invalid");
    for field in ["email", "username", "password", "confirm_password"] {
        assert!(reply.body["errors"][field].is_array(), "{field}: {}", reply.text);
    }
    // Too short, no upper case letter, no number, no special character, easily guessed.
    assert_eq!(reply.body["errors"]["password"].as_array().unwrap().len(), 5, "{}", reply.text);
}
