use serde_json::json;

use crate::support::{Reply, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_personal_token_is_its_maker_narrowed() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.verify_email(&ada.email).await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    let body = json!({"name": "mine", "permissions": ["team.view"]});
    let made = world.post("/me/tokens", &bob.access, body).await.expect(201);
    let token = made.text_of("/token");
    assert!(token.starts_with("pcp_"));
    world.get("/team", &token).await.expect(200);
    world.get("/entitlements/PAYMENT_GATEWAY", &token).await.expect_error(403, "permission_denied");
    let profile = world.get("/me/profile", &token).await.expect(200);
    assert_eq!(profile.text_of("/email"), "bob@example.com");
    for (path, body) in [("/me/tokens", json!({"name": "more", "permissions": []})), ("/me/mfa/setup", json!({}))] {
        world.post(path, &token, body).await.expect(403);
    }
    world.get("/me/sessions", &token).await.expect(403);
    world.get("/me/tokens", &token).await.expect(403);
    let beyond = json!({"name": "x", "permissions": ["team.invite"]});
    world.post("/me/tokens", &bob.access, beyond).await.expect_error(403, "permission_denied");

    let listed = world.get("/me/tokens", &bob.access).await.expect(200);
    assert!(!listed.text.contains(&token));
    let id = made.text_of("/id");
    world.delete(&format!("/me/tokens/{id}"), &ada.access).await.expect_error(404, "not_found");
    world.delete(&format!("/me/tokens/{id}"), &bob.access).await.expect(204);
    world.get("/team", &token).await.expect_error(401, "token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_acts_wherever_its_maker_belongs_and_nowhere_else() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.verify_email(&ada.email).await;
    world.sign_up("other").await;
    let body = json!({"name": "mine", "permissions": ["team.view", "organization.delete"]});
    let token = world.post("/me/tokens", &ada.access, body).await.expect(201).text_of("/token");
    for (tenant, status) in [("acme", 200), ("other", 404), ("nowhere", 404)] {
        let request = world.http.get(world.url("/team")).bearer_auth(&token).header("X-Tenant", tenant);
        Reply::of(request.send().await.unwrap()).await.expect(status);
    }
    // Neither in the address nor as a cookie.
    world.get(&format!("/team?access_token={token}"), "").await.expect(401);
    let request = world.http.get(world.url("/team")).header("Cookie", format!("portcullis_access={token}"));
    Reply::of(request.send().await.unwrap()).await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_dies_with_the_account() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.verify_email(&ada.email).await;
    let body = json!({"name": "mine", "permissions": ["team.view"]});
    let token = world.post("/me/tokens", &ada.access, body).await.expect(201).text_of("/token");
    world.get("/team", &token).await.expect(200);
    world.post("/me/deletion", &ada.access, json!({})).await.expect(204);
    world.get("/team", &token).await.expect_error(401, "token_invalid");
}
