//! The requests of seed 004 as they stand there, with only the host changed: its own paths, its own camelCase.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Reply, World};

const EMAIL: &str = "person@example.com";
const PASSWORD: &str = "Examplepass1!.";

async fn registered() -> World {
    let world = World::new().await;
    let body = json!({"email": EMAIL, "username": "person", "password": PASSWORD, "confirm_password": PASSWORD});
    world.post("/auth/register", "", body).await.expect(201);
    world
}

async fn post(world: &World, path: &str, authorization: Option<&str>, body: Value) -> Reply {
    let mut request = world.http.post(world.url(&format!("/{path}"))).json(&body);
    if let Some(authorization) = authorization {
        request = request.header("Authorization", authorization);
    }
    Reply::of(request.send().await.unwrap()).await
}

async fn sign_in(world: &World, password: &str) -> Reply {
    post(world, "/auth/signin", None, json!({"email": EMAIL, "password": password})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_use_the_bare_token_and_refresh_without_rotating() {
    let world = registered().await;
    let signed_in = sign_in(&world, PASSWORD).await.expect(200);
    let keys: Vec<_> = signed_in.body.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["accessToken", "accessTokenExpiresAt", "refreshToken", "refreshTokenExpiresAt"]);
    let seconds = |it: &Reply, key: &str| it.body[key].as_i64().unwrap_or_else(|| panic!("{}", it.text));
    let week = seconds(&signed_in, "refreshTokenExpiresAt") - seconds(&signed_in, "accessTokenExpiresAt");
    assert_eq!(week, 7 * 86_400 - 900);

    let access = signed_in.text_of("/accessToken");
    let request = world.http.get(world.url("/auth/me")).header("Authorization", &access);
    Reply::of(request.send().await.unwrap()).await.expect(200);

    let refresh = signed_in.text_of("/refreshToken");
    for _ in 0..3 {
        world.clock.advance(TimeDelta::hours(1));
        let reply =
            post(&world, "/auth/refresh-access-token", None, json!({"refreshToken": refresh})).await.expect(200);
        let keys: Vec<_> = reply.body.as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, ["accessToken", "expiresAt"]);
        world.get("/auth/me", &reply.text_of("/accessToken")).await.expect(200);
    }
    // Its session does not rotate, so it can't be rotated.
    world.post("/auth/refresh", "", json!({"refresh_token": refresh})).await.expect_error(401, "token_invalid");
    world.clock.advance(TimeDelta::days(7));
    let late = post(&world, "/auth/refresh-access-token", None, json!({"refreshToken": refresh})).await;
    late.expect_error(401, "token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_refresh_token_of_another_session_is_refused_and_stays_good() {
    let world = registered().await;
    let login = world.log_in_with(EMAIL, PASSWORD).await.expect(200);
    let refresh = login.text_of("/refresh_token");
    let reply = post(&world, "/auth/refresh-access-token", None, json!({"refreshToken": refresh})).await;
    reply.expect_error(401, "token_invalid");
    world.post("/auth/refresh", "", json!({"refresh_token": refresh})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_are_400_there() {
    let world = registered().await;
    sign_in(&world, "Wrong-Horse-42!").await.expect_error(400, "invalid_credentials");
    let unknown = post(&world, "/auth/signin", None, json!({"email": "no@example.com", "password": "x"})).await;
    unknown.expect_error(400, "invalid_credentials");
    let missing = post(&world, "/auth/refresh-access-token", None, json!({})).await.expect(422);
    assert!(missing.body["errors"]["refreshToken"].is_array(), "{}", missing.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_the_refresh_token_ends_its_access_tokens_too() {
    let world = registered().await;
    let signed_in = sign_in(&world, PASSWORD).await.expect(200);
    let body = json!({"refreshToken": signed_in.text_of("/refreshToken")});
    post(&world, "/auth/revoke-refresh-token", None, body.clone()).await.expect(204);
    world.get("/auth/me", &signed_in.text_of("/accessToken")).await.expect_error(401, "token_invalid");
    post(&world, "/auth/refresh-access-token", None, body.clone()).await.expect_error(401, "token_invalid");
    post(&world, "/auth/revoke-refresh-token", None, body).await.expect(204);
    post(&world, "/auth/revoke-refresh-token", None, json!({"refreshToken": "never one"})).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_the_password() {
    let world = registered().await;
    let signed_in = sign_in(&world, PASSWORD).await.expect(200);
    let authorization = format!("Bearer {}", signed_in.text_of("/accessToken"));
    let change = |previous: &str| json!({"proposedPassword": "NewSecurePassword123!", "previousPassword": previous});
    let wrong = post(&world, "/auth/change-password", Some(&authorization), change("CurrentPassword123!")).await;
    wrong.expect_error(400, "invalid_credentials");
    let weak = json!({"proposedPassword": "weak", "previousPassword": PASSWORD});
    let weak = post(&world, "/auth/change-password", Some(&authorization), weak).await.expect(422);
    assert!(weak.body["errors"]["proposedPassword"].is_array(), "{}", weak.text);
    post(&world, "/auth/change-password", Some(&authorization), change(PASSWORD)).await.expect(204);
    sign_in(&world, PASSWORD).await.expect_error(400, "invalid_credentials");
    sign_in(&world, "NewSecurePassword123!").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn forgetting_the_password() {
    let world = registered().await;
    post(&world, "/auth/forgot-password", None, json!({"email": EMAIL})).await.expect(204);
    post(&world, "/auth/forgot-password", None, json!({"email": "no@example.com"})).await.expect(204);
    let mut mailed = Vec::new();
    crate::support::eventually("a temporary password arrives", async || {
        mailed = world.temporary_passwords(EMAIL);
        !mailed.is_empty()
    })
    .await;
    let body = json!({"email": EMAIL, "temporaryPassword": mailed[0], "newPassword": "NewSecurePassword123!"});
    post(&world, "/auth/confirm-forgot-password", None, body.clone()).await.expect(204);
    sign_in(&world, "NewSecurePassword123!").await.expect(200);
    post(&world, "/auth/confirm-forgot-password", None, body).await.expect_error(400, "invalid_credentials");
}
