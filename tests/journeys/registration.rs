use serde_json::{Value, json};

use crate::support::world::PASSWORD;
use crate::support::{Reply, World, eventually};

async fn register(world: &World, email: &str, username: &str) -> Reply {
    let body = json!({"email": email, "username": username, "password": PASSWORD, "confirm_password": PASSWORD});
    world.post("/auth/register", "", body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_verified_by_the_newest_mail_once() {
    let world = World::new().await;
    register(&world, "ada@example.com", "ada").await.expect(201);
    let first = world.mailed_token("ada@example.com", "verify-email").await;
    world.post("/auth/resend-verification", "", json!({"email": "ada@example.com"})).await.expect(204);
    eventually("a second mail arrives", async || world.mailed_tokens("ada@example.com", "verify-email").len() == 2)
        .await;
    let second = world.mailed_token("ada@example.com", "verify-email").await;
    world.post("/auth/verify-email", "", json!({"token": first})).await.expect_error(422, "token_invalid");
    world.post("/auth/verify-email", "", json!({"token": second})).await.expect(204);
    world.post("/auth/verify-email", "", json!({"token": second})).await.expect_error(422, "token_invalid");
    assert_eq!(world.log_in("ada@example.com").await.expect(200).body["user"]["is_verified"], true);

    // Neither a stranger nor somebody verified is sent anything, and the answer is the same.
    for email in ["ada@example.com", "nobody@example.com"] {
        world.post("/auth/resend-verification", "", json!({"email": email})).await.expect(204);
    }
    eventually("all wishes are looked at", async || {
        world.database.count("SELECT count(*) FROM mail_requests").await == 0
    })
    .await;
    assert_eq!(world.mailed_tokens("ada@example.com", "verify-email").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_address_or_name_is_told() {
    let world = World::new().await;
    register(&world, "ada@example.com", "ada").await.expect(201);
    register(&world, "Ada@Example.com", "other").await.expect_error(409, "email_taken");
    register(&world, "other@example.com", "ADA").await.expect_error(409, "username_taken");
}

/// What is told of an answer but for what differs between any two.
fn shape(reply: &Reply) -> Value {
    let mut body = reply.body.clone();
    for key in ["id", "created_at", "email", "username", "request_id"] {
        if let Some(value) = body.get_mut(key) {
            *value = json!("…");
        }
    }
    json!({"status": reply.status.as_u16(), "body": body})
}

#[tokio::test(flavor = "multi_thread")]
async fn concealed_a_taken_address_looks_like_a_new_one() {
    let world = World::with(|config| config.settings.registration.conceal = true).await;
    let new = register(&world, "ada@example.com", "ada").await.expect(201);
    let taken = register(&world, "ADA@example.com", "eve").await;
    assert_eq!(shape(&taken), shape(&new));
    assert_ne!(taken.body["id"], new.body["id"]);
    eventually("the owner is told", async || {
        world.subjects("ada@example.com").iter().any(|it| it.to_lowercase().contains("already"))
    })
    .await;
    assert_eq!(world.database.count("SELECT count(*) FROM users WHERE email_key = 'ada@example.com'").await, 1);

    // Neither a name nor a sign-in tells afterwards.
    register(&world, "third@example.com", "eve").await.expect_error(409, "username_taken");
    register(&world, "third@example.com", "third").await.expect(201);
    for email in ["ada@example.com", "third@example.com"] {
        world.log_in(email).await.expect_error(401, "invalid_credentials");
    }
    let verification = json!({"token": world.mailed_token("ada@example.com", "verify-email").await});
    world.post("/auth/verify-email", "", verification).await.expect(204);
    world.log_in("ada@example.com").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_makes_itself_verified() {
    let world = World::new().await;
    let mut body =
        json!({"email": "ada@example.com", "username": "ada", "password": PASSWORD, "confirm_password": PASSWORD});
    body["is_verified"] = json!(true);
    world.post("/auth/register", "", body).await.expect(422);
    let ada = world.sign_up("acme").await;
    for field in ["is_verified", "email_verified", "email", "is_administrator", "status"] {
        let reply = world.patch("/me/profile", &ada.access, json!({field: true})).await.expect(422);
        assert!(reply.body["errors"][field].is_array(), "{}", reply.text);
    }
    assert_eq!(world.get("/me/profile", &ada.access).await.expect(200).body["is_verified"], false);
}
