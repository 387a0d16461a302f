use chrono::TimeDelta;
use serde_json::json;

use crate::support::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn an_account_stops_at_once_and_is_recovered_by_mail() {
    let mut world = World::new().await;
    let node = world.add_node().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    world.get_at(node, "/auth/me", &bob.access).await.expect(200);
    world.post("/me/deletion", &bob.access, json!({})).await.expect(204);
    world.get("/auth/me", &bob.access).await.expect_error(401, "token_invalid");
    eventually("the other node hears of it", async || world.get_at(node, "/auth/me", &bob.access).await.status == 401)
        .await;
    world.post("/auth/refresh", "", json!({"refresh_token": bob.refresh})).await.expect_error(401, "token_invalid");
    world.log_in(&bob.email).await.expect_error(401, "invalid_credentials");
    assert_eq!(world.get("/team", &ada.access).await.expect(200).data().len(), 1);

    let token = world.mailed_token(&bob.email, "recover-account").await;
    world.clock.advance(TimeDelta::days(29));
    let recovered = world.post("/auth/recover-account", "", json!({"token": token})).await.expect(204);
    assert_eq!(recovered.text, "", "nobody is signed in by it");
    world.post("/auth/recover-account", "", json!({"token": token})).await.expect_error(422, "token_invalid");
    let again = world.log_in(&bob.email).await.expect(200);
    assert_eq!(again.body["user"]["role"], "member");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_thirty_days_nothing_personal_is_left() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    world.post("/me/deletion", &bob.access, json!({})).await.expect(204);
    let token = world.mailed_token(&bob.email, "recover-account").await;
    world.clock.advance(TimeDelta::days(30) + TimeDelta::hours(1));
    let left = "SELECT (SELECT count(*) FROM users WHERE email_key LIKE 'bob%' OR username_key LIKE 'bob%') \
                + (SELECT count(*) FROM invitations WHERE email_key LIKE 'bob%') \
                + (SELECT count(*) FROM audit_personal WHERE after::text ILIKE '%bob%' OR before::text ILIKE '%bob%')";
    eventually("the account is erased", async || world.database.count(left).await == 0).await;
    world.post("/auth/recover-account", "", json!({"token": token})).await.expect_error(422, "token_invalid");

    // Address and name are free, and nothing comes back with them.
    let body = json!({"email": bob.email, "username": "bob", "password": "Correct-Horse-42", "confirm_password": "Correct-Horse-42"});
    let account = world.post("/auth/register", "", body).await.expect(201);
    assert_ne!(account.text_of("/id"), bob.user);
    let login = world.log_in(&bob.email).await.expect(200);
    assert_eq!(world.get("/auth/tenants", &login.text_of("/access_token")).await.expect(200).data().len(), 0);
    let ada = world.log_in(&ada.email).await.expect(200).text_of("/access_token");
    let removed = world.get("/audit-logs?action=member.removed", &ada).await.expect(200);
    assert_eq!(removed.data().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_owner_of_others_must_hand_over_first() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.join(&ada, "bob@example.com", "admin").await;
    world.post("/me/deletion", &ada.access, json!({})).await.expect_error(409, "sole_owner");
    world.get("/auth/me", &ada.access).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_without_anybody_takes_nobody_in_and_goes_too() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.post("/team/invite", &ada.access, json!({"email": "bob@example.com", "role": "admin"})).await.expect(201);
    let token = world.mailed_token("bob@example.com", "invitations/accept").await;
    world.post("/me/deletion", &ada.access, json!({})).await.expect(204);
    let body = json!({"token": token, "username": "bob", "password": "Correct-Horse-42"});
    world.post("/invitations/accept", "", body).await.expect_error(422, "token_invalid");
    world.clock.advance(TimeDelta::days(31));
    eventually("the organization goes", async || {
        world.database.count("SELECT count(*) FROM organizations WHERE deleted_at IS NOT NULL").await == 1
    })
    .await;
}
