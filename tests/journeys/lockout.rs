use std::sync::Arc;

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::json;

use crate::support::world::{ADMINISTRATOR, PASSWORD};
use crate::support::{Reply, World};

const WRONG: &str = "Wrong-Horse-42";

/// Ten wrong passwords.
async fn lock(world: &World, email: &str) {
    for _ in 0..10 {
        world.log_in_with(email, WRONG).await.expect_error(401, "invalid_credentials");
    }
}

async fn at_every_door(world: &World, email: &str, access: &str) -> Vec<Reply> {
    let change = json!({"current_password": PASSWORD, "new_password": "Another-Horse-43"});
    let sign_in = world.http.post(world.url("//auth/signin")).json(&json!({"email": email, "password": PASSWORD}));
    vec![
        world.log_in(email).await,
        world.log_in(&format!(" {} ", email.to_uppercase())).await,
        world.post("/auth/step-up", access, json!({"password": PASSWORD})).await,
        world.post("/auth/change-password", access, change).await,
        Reply::of(sign_in.send().await.unwrap()).await,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_parallel_wrong_passwords_ten_are_looked_at() {
    let mut world = World::new().await;
    world.add_node().await;
    let ada = world.sign_up("acme").await;
    let world = Arc::new(world);
    let tries = (0..100).map(|n| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let body = json!({"email": "acme@example.com", "password": WRONG});
            world.post_at(n % 2, "/auth/login", "", body).await
        })
    });
    let replies = join_all(tries).await;
    let count = |status: u16| replies.iter().filter(|it| it.as_ref().unwrap().status == status).count();
    assert_eq!((count(401), count(423)), (10, 90));
    let failed = "SELECT count(*) FROM audit_entries WHERE action = 'session.login_failed' AND refused = ";
    assert_eq!(world.database.count(&format!("{failed}'wrong_password'")).await, 10);
    assert_eq!(world.database.count(&format!("{failed}'locked'")).await, 90);

    let locked = world.log_in(&ada.email).await.expect_error(423, "account_locked");
    assert_eq!(locked.body["code"], "ACCOUNT_LOCKED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_account_is_locked_at_every_door_and_its_sessions_go_on() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    lock(&world, &ada.email).await;
    for reply in at_every_door(&world, &ada.email, &ada.access).await {
        reply.expect_error(423, "account_locked");
    }
    world.get("/auth/me", &ada.access).await.expect(200);
    world.post("/auth/refresh", "", json!({"refresh_token": ada.refresh})).await.expect(200);
    crate::support::eventually("the owner is told", async || {
        world.subjects(&ada.email).iter().any(|it| it.to_lowercase().contains("lock"))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_nobodys_locks_the_same_way() {
    let world = World::new().await;
    lock(&world, "nobody@example.com").await;
    world.log_in("nobody@example.com").await.expect_error(423, "account_locked");
    world.log_in("nobody.else@example.com").await.expect_error(401, "invalid_credentials");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_doors_count_together_and_a_right_password_begins_anew() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    for _ in 0..3 {
        world.log_in_with(&ada.email, WRONG).await.expect(401);
        world.post("/auth/step-up", &ada.access, json!({"password": WRONG})).await.expect(401);
        let change = json!({"previous_password": WRONG, "proposed_password": "Another-Horse-43"});
        world.post("/auth/change-password", &ada.access, change).await.expect(401);
    }
    world.log_in(&ada.email).await.expect(200);
    lock(&world, &ada.email).await;
    world.log_in(&ada.email).await.expect(423);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_organization_is_no_wrong_password() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    for _ in 0..12 {
        let body = json!({"email": ada.email, "password": PASSWORD});
        let request = world.http.post(world.url("/auth/login")).header("X-Tenant", "nowhere").json(&body);
        Reply::of(request.send().await.unwrap()).await.expect_error(404, "not_found");
    }
    world.log_in(&ada.email).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_right_passwords_at_once_lock_nobody() {
    let world = Arc::new(World::new().await);
    let ada = world.sign_up("acme").await;
    let tries = (0..40).map(|_| {
        let (world, email) = (Arc::clone(&world), ada.email.clone());
        tokio::spawn(async move { world.log_in(&email).await.status.as_u16() })
    });
    let statuses = join_all(tries).await;
    assert!(statuses.iter().all(|it| matches!(it, Ok(200 | 503))), "{statuses:?}");
    world.log_in(&ada.email).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_unlocks() {
    let world = World::administered().await;
    let ada = world.sign_up("acme").await;
    lock(&world, &ada.email).await;
    let administrator = world.administrator().await;
    let found = world.get("/admin/users?search=acme%40", &administrator).await.expect(200);
    assert_eq!(found.body["data"][0]["is_locked"], true, "{}", found.text);
    world.post(&format!("/admin/users/{}/unlock", ada.user), &administrator, json!({})).await.expect(204);
    world.log_in(&ada.email).await.expect(200);
    world.log_in(ADMINISTRATOR).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proved_mailbox_unlocks() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    lock(&world, &ada.email).await;
    let temporary = world.temporary_password(&ada.email).await;
    let body = json!({"email": ada.email, "temporary_password": temporary, "new_password": "Another-Horse-43"});
    world.post("/auth/confirm-forgot-password", "", body).await.expect(204);
    world.log_in_with(&ada.email, "Another-Horse-43").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_ends_by_itself_only_where_it_is_configured() {
    let world = World::with(|config| config.settings.lockout.release_after = Some(TimeDelta::minutes(15))).await;
    let ada = world.sign_up("acme").await;
    lock(&world, &ada.email).await;
    world.clock.advance(TimeDelta::minutes(14));
    world.log_in(&ada.email).await.expect(423);
    world.clock.advance(TimeDelta::minutes(2));
    world.log_in_with(&ada.email, WRONG).await.expect(401);
    world.log_in(&ada.email).await.expect(200);

    let for_ever = World::new().await;
    let eve = for_ever.sign_up("acme").await;
    lock(&for_ever, &eve.email).await;
    for_ever.clock.advance(TimeDelta::days(400));
    for_ever.log_in(&eve.email).await.expect(423);
}
