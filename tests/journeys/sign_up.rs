use serde_json::{Value, json};

use crate::support::World;
use crate::support::world::PASSWORD;

#[tokio::test(flavor = "multi_thread")]
async fn signing_up_gives_organization_owner_and_tokens() {
    let world = World::new().await;
    let owner = json!({"email": "Ada@Example.com", "username": "ada", "password": PASSWORD});
    let body = json!({"name": "Acme", "slug": "acme", "owner": owner});
    let reply = world.post("/tenants", "", body).await.expect(201);
    assert_eq!(reply.body["organization"]["name"], "Acme");
    assert_eq!(reply.body["organization"]["slug"], "acme");
    assert!(reply.text_of("/organization/created_at").ends_with('Z'));
    assert_eq!(reply.body["user"]["email"], "Ada@Example.com");
    assert_eq!(reply.body["user"]["role"], "owner");
    assert_eq!(reply.body["user"]["is_verified"], false);
    assert_eq!(reply.body["token_type"], "bearer");
    assert_eq!(reply.body["expires_in"], 900);
    assert_eq!(reply.text_of("/refresh_token").len(), 43);

    let me = world.get("/auth/me", &reply.text_of("/access_token")).await.expect(200);
    assert_eq!(me.body["organization"]["slug"], "acme");
    assert_eq!(me.body["role"], "owner");
    assert!(me.body["permissions"].as_array().is_some_and(|all| all.contains(&json!("organization.delete"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_wrong_is_told_at_once_and_nothing_is_made() {
    let world = World::new().await;
    let owner = json!({"email": "ada", "username": "a b", "password": "short"});
    let body = json!({"name": " ", "slug": "No", "owner": owner});
    let reply = world.post("/tenants", "", body).await.expect(422);
    assert_eq!(reply.body["code"], "VALIDATION_ERROR");
    assert_eq!(reply.body["message"], "The given data was invalid");
    let errors = reply.body["errors"].as_object().expect("errors by field");
    for field in ["name", "slug", "owner.email", "owner.username", "owner.password"] {
        assert!(errors.contains_key(field), "{field} is missing in {}", reply.text);
    }
    assert!(errors["owner.password"].as_array().is_some_and(|rules| rules.len() >= 4), "each broken rule is told");
    assert_eq!(world.database.count("SELECT count(*) FROM users").await, 0);
    assert_eq!(world.database.count("SELECT count(*) FROM organizations").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_stays_with_its_owner() {
    let world = World::new().await;
    world.sign_up("acme").await;
    let sign_up = async |slug: &str, email: &str, username: &str| {
        let owner = json!({"email": email, "username": username, "password": PASSWORD});
        world.post("/tenants", "", json!({"name": "Other", "slug": slug, "owner": owner})).await
    };
    sign_up("acme", "new@example.com", "new").await.expect_error(409, "slug_taken");
    sign_up("other", "ACME@example.com", "new").await.expect_error(409, "email_taken");
    sign_up("other", "new@example.com", "AcMe").await.expect_error(409, "username_taken");
    assert_eq!(world.database.count("SELECT count(*) FROM organizations").await, 1);
    assert_eq!(world.database.count("SELECT count(*) FROM users").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_wanting_one_slug_at_once_one_gets_it_whole() {
    let world = World::new().await;
    let tries = (0..12).map(|i| {
        let owner = json!({"email": format!("u{i}@example.com"), "username": format!("user{i}"), "password": PASSWORD});
        world.post("/tenants", "", json!({"name": "Acme", "slug": "acme", "owner": owner}))
    });
    let replies = futures::future::join_all(tries).await;
    let won: Vec<_> = replies.iter().filter(|reply| reply.status == 201).collect();
    assert_eq!(won.len(), 1);
    assert!(replies.iter().filter(|reply| reply.status != 201).all(|reply| reply.body["type"] == "slug_taken"));
    for table in ["users", "organizations", "members", "sessions"] {
        assert_eq!(world.database.count(&format!("SELECT count(*) FROM {table}")).await, 1, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn registering_answers_as_seed_002_shows_and_the_mailed_link_verifies_once() {
    let world = World::new().await;
    let body = json!({
        "email": "user@example.com", "username": "johndoe",
        "password": "SecurePass123!", "confirm_password": "SecurePass123!",
    });
    let reply = world.post("/auth/register", "", body.clone()).await.expect(201);
    assert_eq!(reply.body["email"], "user@example.com");
    assert_eq!(reply.body["username"], "johndoe");
    assert_eq!(reply.body["is_verified"], false);
    assert_eq!(reply.body["message"], "User registered successfully");
    assert!(reply.body["id"].is_string() && reply.body["created_at"].is_string());
    world.post("/auth/register", "", body).await.expect_error(409, "email_taken");

    let token = world.mailed_token("user@example.com", "verify-email").await;
    world.post("/auth/verify-email", "", json!({"token": "nonsense"})).await.expect_error(422, "token_invalid");
    world.post("/auth/verify-email", "", json!({"token": token})).await.expect(204);
    world.post("/auth/verify-email", "", json!({"token": token})).await.expect_error(422, "token_invalid");

    let login = json!({"email": "user@example.com", "password": "SecurePass123!", "remember_me": false});
    let login = world.post("/auth/login", "", login).await.expect(200);
    assert_eq!(login.body["user"]["is_verified"], true);
    assert_eq!(login.body["user"]["role"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_that_differs_is_refused() {
    let world = World::new().await;
    let body = json!({
        "email": "user@example.com", "username": "johndoe",
        "password": "SecurePass123!", "confirm_password": "SecurePass123?",
    });
    let reply = world.post("/auth/register", "", body).await.expect(422);
    assert!(reply.body["errors"]["confirm_password"].is_array(), "{}", reply.text);
}
