//! The requests of seed 001 as they stand there, with only the host changed, under both prefixes.

use serde_json::{Value, json};

use crate::support::world::PASSWORD;
use crate::support::{Reply, World};

const PREFIXES: [&str; 2] = ["//v1", "//api/v1"];

async fn send(world: &World, path: &str, body: String) -> Reply {
    let request = world.http.post(world.url(path)).header("Content-Type", "application/json").body(body);
    Reply::of(request.send().await.unwrap()).await
}

fn claims(token: &str) -> Value {
    use base64::Engine;
    let payload = token.split('.').nth(1).expect("a JWT has three parts");
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn login_refresh_and_logout() {
    let world = World::new().await;
    let you = world.sign_up("you").await;
    for prefix in PREFIXES {
        let body = format!(r#"{{"email": "you@example.com", "password": "{PASSWORD}", "totp_code": "123456"}}"#);
        let login = send(&world, &format!("{prefix}/auth/login"), body).await.expect(200);
        assert_eq!(login.text_of("/user/email"), "you@example.com");
        assert_eq!(login.text_of("/user/role"), "owner");
        let said = claims(&login.text_of("/access_token"));
        assert_eq!((&said["sub"], &said["cid"]), (&json!(you.user), &json!(you.organization)));
        assert_eq!(
            (said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), &said["role"]),
            (900, &json!("owner"))
        );
        assert_eq!(said["amr"], json!(["pwd"]));

        let first = login.text_of("/refresh_token");
        let path = format!("{prefix}/auth/refresh");
        let refreshed = send(&world, &path, format!(r#"{{"refresh_token": "{first}"}}"#)).await.expect(200);
        send(&world, &path, format!(r#"{{"refresh_token": "{first}"}}"#)).await.expect_error(401, "token_invalid");
        let access = refreshed.text_of("/access_token");
        world.post(&format!("{prefix}/auth/logout"), &access, json!({})).await.expect(204);
        let rest = refreshed.text_of("/refresh_token");
        send(&world, &path, format!(r#"{{"refresh_token": "{rest}"}}"#)).await.expect_error(401, "token_invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mfa_and_step_up() {
    for prefix in PREFIXES {
        let world = World::new().await;
        let you = world.sign_up("you").await;
        world.begin_step();
        let shown = world.post(&format!("{prefix}/me/mfa/setup"), &you.access, json!({})).await.expect(200);
        assert_eq!(shown.body["recovery_codes"].as_array().map(Vec::len), Some(8));
        let authenticator = crate::support::authenticator::Authenticator::of(&shown.text_of("/otpauth_url"));
        let code = authenticator.code(&world, -1);
        world.post(&format!("{prefix}/me/mfa/verify"), &you.access, json!({"code": code})).await.expect(204);

        let login = format!("{prefix}/auth/login");
        let without = format!(r#"{{"email": "you@example.com", "password": "{PASSWORD}"}}"#);
        send(&world, &login, without).await.expect_error(401, "mfa_required");
        let code = authenticator.code(&world, 0);
        let with = format!(r#"{{"email": "you@example.com", "password": "{PASSWORD}", "totp_code": "{code}"}}"#);
        let access = send(&world, &login, with).await.expect(200).text_of("/access_token");
        let said = claims(&access);
        assert_eq!(said["amr"], json!(["pwd", "otp", "mfa"]));

        world.clock.advance(chrono::TimeDelta::minutes(6));
        for (path, body) in [
            ("/me/mfa/disable", json!({})),
            ("/me/email", json!({"email": "new@example.com"})),
            ("/me/deletion", json!({})),
        ] {
            world.post(&format!("{prefix}{path}"), &access, body).await.expect_error(403, "step_up_required");
        }
        let code = authenticator.code(&world, 0);
        let body = json!({"password": PASSWORD, "totp_code": code});
        let stepped = world.post(&format!("{prefix}/auth/step-up"), &access, body).await.expect(200);
        let access = stepped.text_of("/access_token");
        let auth_time = claims(&access)["auth_time"].as_i64().unwrap();
        assert!((world.now().timestamp() - auth_time).abs() <= 30);
        world.post(&format!("{prefix}/me/mfa/disable"), &access, json!({})).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_key_reads_the_profile_and_all_sessions_end() {
    let world = World::new().await;
    let you = world.sign_up("you").await;
    world.verify_email(&you.email).await;
    for prefix in PREFIXES {
        let made = world.post(&format!("{prefix}/api-keys"), &you.access, json!({"name": "ci"})).await.expect(201);
        let key = made.text_of("/key");
        assert!(key.starts_with("hbx_"));
        let profile = world.get(&format!("{prefix}/me/profile"), &key).await.expect(200);
        assert_eq!((profile.text_of("/type"), profile.text_of("/role")), ("organization".into(), "admin".into()));
    }
    let login = world.log_in(&you.email).await.expect(200).text_of("/access_token");
    world.post("//v1/me/sessions/revoke-all", &login, json!({})).await.expect(204);
    world.get("//v1/auth/me", &login).await.expect_error(401, "token_invalid");
    world.get("//v1/auth/me", &you.access).await.expect_error(401, "token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_not_configured_is_not_there() {
    let world = World::new().await;
    for prefix in PREFIXES {
        for provider in ["google", "microsoft", "myspace"] {
            world.get(&format!("{prefix}/auth/{provider}/start"), "").await.expect_error(404, "not_found");
            world
                .get(&format!("{prefix}/auth/{provider}/callback?code=x&state=y"), "")
                .await
                .expect_error(404, "not_found");
        }
    }
}
