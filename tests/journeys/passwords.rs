use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::json;

use crate::support::world::PASSWORD;
use crate::support::{Reply, World, eventually};

const NEW: &str = "Another-Horse-43";

async fn confirm(world: &World, email: &str, temporary: &str, new: &str) -> Reply {
    let body = json!({"email": email, "temporary_password": temporary, "new_password": new});
    world.post("/auth/confirm-forgot-password", "", body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_ends_all_other_sessions() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let other = world.log_in(&ada.email).await.expect(200);
    let body = json!({"current_password": PASSWORD, "new_password": NEW});
    world.post("/auth/change-password", &ada.access, body).await.expect(204);
    world.get("/auth/me", &ada.access).await.expect(200);
    world.get("/auth/me", &other.text_of("/access_token")).await.expect_error(401, "token_invalid");
    let refresh = json!({"refresh_token": other.text_of("/refresh_token")});
    world.post("/auth/refresh", "", refresh).await.expect_error(401, "token_invalid");
    world.log_in(&ada.email).await.expect_error(401, "invalid_credentials");
    world.log_in_with(&ada.email, NEW).await.expect(200);
    eventually("the owner is told", async || {
        world.subjects(&ada.email).iter().any(|it| it.to_lowercase().contains("password"))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_changed_only_by_the_current_one() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let change = async |body| world.post("/auth/change-password", &ada.access, body).await;
    change(json!({"current_password": "Wrong-Horse-42", "new_password": NEW}))
        .await
        .expect_error(401, "invalid_credentials");
    change(json!({"new_password": NEW})).await.expect(422);
    change(json!({"current_password": PASSWORD, "previous_password": PASSWORD, "new_password": NEW})).await.expect(422);
    change(json!({"current_password": PASSWORD, "new_password": PASSWORD})).await.expect(422);
    for personal in ["Acme@example.com1", "The-acme-company1!", "Password12345678!"] {
        let reply = change(json!({"current_password": PASSWORD, "new_password": personal})).await.expect(422);
        assert!(reply.body["errors"]["new_password"].is_array(), "{}", reply.text);
    }
    world.log_in(&ada.email).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_replaced_by_the_mailed_one_once() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let temporary = world.temporary_password(&ada.email).await;
    assert_eq!(temporary.len(), 32);
    // It never replaces the real one until it is confirmed, and opens nothing else.
    world.log_in(&ada.email).await.expect(200);
    world.log_in_with(&ada.email, &temporary).await.expect(401);

    let tries = (0..10).map(|n| {
        let (world, email, temporary) = (&world, &ada.email, &temporary);
        async move { (n, confirm(world, email, temporary, &format!("Another-Horse-{n}3")).await.status.as_u16()) }
    });
    let won: Vec<_> = join_all(tries).await.into_iter().filter(|(_, status)| *status == 204).collect();
    assert_eq!(won.len(), 1, "{won:?}");
    world.get("/auth/me", &ada.access).await.expect_error(401, "token_invalid");
    world.log_in(&ada.email).await.expect(401);
    let signed_in = world.log_in_with(&ada.email, &format!("Another-Horse-{}3", won[0].0)).await.expect(200);
    // Whoever reads the mailbox has proved it.
    assert_eq!(signed_in.body["user"]["is_verified"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_password_lasts_half_an_hour_five_tries_and_until_the_next() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let first = world.temporary_password(&ada.email).await;
    let second = world.temporary_password(&ada.email).await;
    confirm(&world, &ada.email, &first, NEW).await.expect_error(401, "invalid_credentials");
    confirm(&world, &ada.email, &second, NEW).await.expect(204);

    let third = world.temporary_password(&ada.email).await;
    for _ in 0..5 {
        confirm(&world, &ada.email, "0123456789abcdef0123456789abcdef", PASSWORD).await.expect(401);
    }
    confirm(&world, &ada.email, &third, PASSWORD).await.expect_error(401, "invalid_credentials");

    world.clock.advance(TimeDelta::hours(1));
    let late = world.temporary_password(&ada.email).await;
    world.clock.advance(TimeDelta::minutes(30));
    confirm(&world, &ada.email, &late, PASSWORD).await.expect_error(401, "invalid_credentials");
    world.log_in_with(&ada.email, NEW).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_password_is_its_owners_and_survives_a_bad_new_one() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let eve = world.sign_up("other").await;
    let temporary = world.temporary_password(&ada.email).await;
    confirm(&world, &eve.email, &temporary, NEW).await.expect(401);
    confirm(&world, &ada.email, &temporary, "weak").await.expect(422);
    for _ in 0..5 {
        confirm(&world, &ada.email, &temporary, "The-acme-company1!").await.expect(422);
    }
    let personal = confirm(&world, &ada.email, &temporary, "The-acme-company1!").await.expect(422);
    assert!(personal.body["errors"]["new_password"].is_array(), "{}", personal.text);
    confirm(&world, &ada.email, &temporary, NEW).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_learns_nothing_and_sends_three_mails_an_hour() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let mut replies = Vec::new();
    for email in [ada.email.as_str(), "nobody@example.com"] {
        for _ in 0..8 {
            let reply = world.post("/auth/forgot-password", "", json!({"email": email})).await.expect(204);
            replies.push((reply.text, reply.headers.len()));
        }
    }
    replies.dedup();
    assert_eq!(replies.len(), 1, "{replies:?}");
    eventually("all wishes are looked at", async || {
        world.database.count("SELECT count(*) FROM mail_requests").await == 0
    })
    .await;
    eventually("the mails are sent", async || world.temporary_passwords(&ada.email).len() == 3).await;
    let refused = "SELECT count(*) FROM audit_entries WHERE action = 'user.mail_request_answered' AND refused = ";
    assert_eq!(world.database.count(&format!("{refused}'too_many_mails'")).await, 5);
    assert_eq!(world.database.count(&format!("{refused}'unknown_email'")).await, 8);
    world.post("/auth/forgot-password", "", json!({"email": "no address"})).await.expect(204);
    world.post("/auth/forgot-password", "", json!({"email": [ada.email, "evil@example.com"]})).await.expect(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_of_other_parameters_is_made_anew_at_the_next_sign_in() {
    let mut world = World::new().await;
    let ada = world.sign_up("acme").await;
    let parameters = "SELECT count(*) FROM users WHERE password LIKE '$argon2id$v=19$m=16,t=1,p=1$%'";
    assert_eq!(world.database.count(parameters).await, 0);
    let dearer = world.add_node_with(|config| config.argon2.memory = 16).await;
    let body = json!({"email": ada.email, "password": PASSWORD});
    world.post_at(dearer, "/auth/login", "", body.clone()).await.expect(200);
    assert_eq!(world.database.count(parameters).await, 1);
    world.post_at(dearer, "/auth/login", "", body).await.expect(200);
    world.get("/auth/me", &ada.access).await.expect(200);
}

/// `SecurePass123!` as other programs hashed it: libxcrypt, and Python's hashlib twice.
const IMPORTED: [&str; 3] = [
    "$2b$08$abcdefghijklmnopqrstuu4uJ7kDeX.9iQsZGGpG5xZFQia.ztRVO",
    "$pbkdf2-sha256$i=10000,l=32$c2FsdHNhbHRzYWx0c2FsdA$ftpcYfvY9Uxdpj6EgIMxlEpFyXyra6MsVlZ3HcvOUUU",
    "$scrypt$ln=12,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$+w2aHX+tlPmfDLF4J63C+qfENgsKcxsFFfqEtTWNgVs",
];

#[tokio::test(flavor = "multi_thread")]
async fn imported_hashes_sign_in_and_become_ours() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    for imported in IMPORTED {
        world.database.execute(&format!("UPDATE users SET password = '{imported}'")).await;
        world.log_in_with(&ada.email, "SecurePass124!").await.expect_error(401, "invalid_credentials");
        world.log_in_with(&ada.email, "SecurePass123!").await.expect(200);
        let ours = "SELECT count(*) FROM users WHERE password LIKE '$argon2id$%'";
        assert_eq!(world.database.count(ours).await, 1, "{imported}");
        world.log_in_with(&ada.email, "SecurePass123!").await.expect(200);
    }
}
