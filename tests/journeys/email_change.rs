use chrono::TimeDelta;
use serde_json::json;

use crate::support::{World, eventually};

const NEW: &str = "new@example.com";

async fn confirm(world: &World, token: &str) -> crate::support::Reply {
    world.post("/me/email/confirm", "", json!({"token": token})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_changes_when_the_new_one_is_proved() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let old = ada.email.as_str();
    world.post("/me/email", &ada.access, json!({"email": NEW})).await.expect(204);
    let token = world.mailed_token(NEW, "confirm-email").await;
    eventually("the old address is told", async || !world.subjects(old).is_empty()).await;
    world.log_in(old).await.expect(200);
    world.log_in(NEW).await.expect_error(401, "invalid_credentials");
    world.post("/auth/verify-email", "", json!({"token": token})).await.expect_error(422, "token_invalid");

    confirm(&world, &token).await.expect(204);
    confirm(&world, &token).await.expect_error(422, "token_invalid");
    world.log_in(old).await.expect_error(401, "invalid_credentials");
    assert_eq!(world.log_in(NEW).await.expect(200).body["user"]["is_verified"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_address_can_take_it_back_and_throw_everybody_out() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    // A thief with the session changes the address, and once more.
    world.post("/me/email", &ada.access, json!({"email": NEW})).await.expect(204);
    confirm(&world, &world.mailed_token(NEW, "confirm-email").await).await.expect(204);
    let undo = world.mailed_token(&ada.email, "undo-email-change").await;
    world.post("/me/email", &ada.access, json!({"email": "third@example.com"})).await.expect(204);
    confirm(&world, &world.mailed_token("third@example.com", "confirm-email").await).await.expect(204);
    let thiefs = world.mailed_token(NEW, "undo-email-change").await;

    // Nor does it help to have the old address taken by another account.
    let squat = json!({"email": ada.email, "username": "squatter", "password": "Correct-Horse-42", "confirm_password": "Correct-Horse-42"});
    world.post("/auth/register", "", squat).await.expect_error(409, "email_taken");

    world.clock.advance(TimeDelta::days(6));
    world.post("/auth/undo-email-change", "", json!({"token": undo})).await.expect(204);
    world.post("/auth/refresh", "", json!({"refresh_token": ada.refresh})).await.expect_error(401, "token_invalid");
    // Whoever changed it may know the password: it is not good any more, and the mailbox sets a new one.
    for email in [&ada.email, "third@example.com"] {
        world.log_in(email).await.expect_error(401, "invalid_credentials");
    }
    let temporary = world.temporary_password(&ada.email).await;
    let reset = json!({"email": ada.email, "temporary_password": temporary, "new_password": "Another-Horse-43"});
    world.post("/auth/confirm-forgot-password", "", reset).await.expect(204);
    world.log_in_with(&ada.email, "Another-Horse-43").await.expect(200);
    world.post("/auth/undo-email-change", "", json!({"token": thiefs})).await.expect_error(422, "token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_a_thief_go_with_the_change_and_their_organization_is_told() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.verify_email(&ada.email).await;
    let bob = world.join(&ada, "bob@example.com", "admin").await;
    let mut keys = Vec::new();
    for name in ["kept", "rotated"] {
        keys.push(world.post("/api-keys", &ada.access, json!({"name": name})).await.expect(201));
    }
    world.post("/me/email", &ada.access, json!({"email": NEW})).await.expect(204);
    confirm(&world, &world.mailed_token(NEW, "confirm-email").await).await.expect(204);
    let undo = world.mailed_token(&ada.email, "undo-email-change").await;
    let rotate = format!("/api-keys/{}/rotate", keys[1].text_of("/id"));
    let rotated = world.post(&rotate, &ada.access, json!({})).await.expect(200).text_of("/key");
    let made = world.post("/api-keys", &ada.access, json!({"name": "thiefs"})).await.expect(201).text_of("/key");

    world.post("/auth/undo-email-change", "", json!({"token": undo})).await.expect(204);
    world.get("/team", &keys[0].text_of("/key")).await.expect(200);
    for key in [&rotated, &keys[1].text_of("/key"), &made] {
        world.get("/team", key).await.expect_error(401, "token_invalid");
    }
    let revoked = world.audit(&bob).await.into_iter().filter(|it| it["action"] == "api_key.revoked").count();
    assert_eq!(revoked, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_somebody_elses_stays_theirs_untold() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let eve = world.sign_up("other").await;
    let before = world.subjects(&eve.email).len();
    world.post("/me/email", &ada.access, json!({"email": eve.email.to_uppercase()})).await.expect(204);
    eventually("the old address is told", async || world.subjects(&ada.email).len() > 1).await;
    assert_eq!(world.mailed_tokens(&eve.email, "confirm-email"), [""; 0]);
    assert!(world.subjects(&eve.email).len() <= before + 1);
    world.log_in(&eve.email).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_wishes_the_last_counts_and_who_was_faster_keeps_the_address() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.post("/me/email", &ada.access, json!({"email": "first@example.com"})).await.expect(204);
    let first = world.mailed_token("first@example.com", "confirm-email").await;
    world.post("/me/email", &ada.access, json!({"email": NEW})).await.expect(204);
    let second = world.mailed_token(NEW, "confirm-email").await;
    confirm(&world, &first).await.expect_error(422, "token_invalid");
    let body = json!({"email": NEW, "username": "faster", "password": "Correct-Horse-42", "confirm_password": "Correct-Horse-42"});
    world.post("/auth/register", "", body).await.expect(201);
    confirm(&world, &second).await.expect_error(409, "email_taken");
    world.log_in(&ada.email).await.expect(200);
    world.clock.advance(TimeDelta::hours(24));
    confirm(&world, &second).await.expect_error(422, "token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_ends_a_pending_change() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.post("/me/email", &ada.access, json!({"email": NEW})).await.expect(204);
    let token = world.mailed_token(NEW, "confirm-email").await;
    let body = json!({"current_password": "Correct-Horse-42", "new_password": "Another-Horse-43"});
    world.post("/auth/change-password", &ada.access, body).await.expect(204);
    confirm(&world, &token).await.expect_error(422, "token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn links_begin_with_the_configured_address_whatever_the_request_says() {
    let world = World::new().await;
    let request = world.http.post(world.url("/auth/register"));
    let body = json!({"email": NEW, "username": "ada", "password": "Correct-Horse-42", "confirm_password": "Correct-Horse-42"});
    let request = request
        .header("X-Forwarded-Host", "evil.test")
        .header("X-Forwarded-Proto", "http")
        .header("Forwarded", "host=evil.test;proto=http")
        .header("X-Original-Host", "evil.test")
        .header("Host", "evil.test");
    crate::support::Reply::of(request.json(&body).send().await.unwrap()).await.expect(201);
    world.mailed_token(NEW, "verify-email").await;
    assert_eq!(world.mailed_tokens(NEW, &world.url("//verify-email")).len(), 1);
}
