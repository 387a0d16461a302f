use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::json;

use crate::support::World;
use crate::support::world::PASSWORD;

async fn invited(world: &World, email: &str) -> (crate::support::world::Person, String) {
    let ada = world.sign_up("acme").await;
    world.post("/team/invite", &ada.access, json!({"email": email, "role": "member"})).await.expect(201);
    let token = world.mailed_token(email, "invitations/accept").await;
    (ada, token)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_joins_verified_and_signed_in() {
    let world = World::new().await;
    let (ada, token) = invited(&world, "bob@example.com").await;
    let missing = world.post("/invitations/accept", "", json!({"token": token})).await.expect(422);
    assert!(missing.body["errors"]["username"].is_array() && missing.body["errors"]["password"].is_array());
    let body = json!({"token": token, "username": "bob", "password": PASSWORD});
    let reply = world.post("/invitations/accept", "", body.clone()).await.expect(200);
    assert_eq!(reply.body["organization"]["slug"], "acme");
    assert_eq!(reply.body["user"]["role"], "member");
    assert_eq!(reply.body["user"]["is_verified"], true);
    world.get("/team", &reply.text_of("/access_token")).await.expect(200);
    world.post("/invitations/accept", "", body).await.expect_error(422, "token_invalid");
    assert_eq!(world.get("/team", &ada.access).await.expect(200).data().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_accepting_at_once_one_joins() {
    let world = World::new().await;
    let (_, token) = invited(&world, "bob@example.com").await;
    let tries = (0..10).map(|i| {
        let body = json!({"token": token, "username": format!("bob{i}"), "password": PASSWORD});
        world.post("/invitations/accept", "", body)
    });
    let replies = join_all(tries).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1, "{replies:#?}");
    assert!(replies.iter().all(|reply| [200, 409, 422].contains(&reply.status.as_u16())), "{replies:#?}");
    assert_eq!(world.database.count("SELECT count(*) FROM members").await, 2);
    assert_eq!(world.database.count("SELECT count(*) FROM users").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_invitation_is_worthless() {
    let world = World::new().await;
    let (_, token) = invited(&world, "bob@example.com").await;
    world.clock.advance(TimeDelta::days(7));
    let body = json!({"token": token, "username": "bob", "password": PASSWORD});
    world.post("/invitations/accept", "", body).await.expect_error(422, "token_invalid");
    assert_eq!(world.database.count("SELECT count(*) FROM users").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_existing_user_signs_in_verified_and_accepts() {
    let world = World::new().await;
    let register = json!({
        "email": "bob@example.com", "username": "bob", "password": PASSWORD, "confirm_password": PASSWORD,
    });
    world.post("/auth/register", "", register).await.expect(201);
    let (_, token) = invited(&world, "bob@example.com").await;
    let body = json!({"token": token});
    let as_new = json!({"token": token, "username": "bob2", "password": PASSWORD});
    world.post("/invitations/accept", "", as_new).await.expect_error(409, "email_taken");
    let bob = world.log_in("bob@example.com").await.expect(200).text_of("/access_token");
    world.post("/invitations/accept", &bob, body.clone()).await.expect_error(403, "email_not_verified");
    let verification = world.mailed_token("bob@example.com", "verify-email").await;
    world.post("/auth/verify-email", "", json!({"token": verification})).await.expect(204);
    let joined = world.post("/invitations/accept", &bob, body).await.expect(200);
    assert_eq!(joined.body["user"]["role"], "member");
    assert_eq!(joined.body["user"]["email"], "bob@example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_for_its_address_only() {
    let world = World::new().await;
    let (_, token) = invited(&world, "bob@example.com").await;
    let eve = world.sign_up("other").await;
    let reply = world.post("/invitations/accept", &eve.access, json!({"token": token})).await.expect(403);
    assert_eq!(reply.body["code"], "FORBIDDEN");
    assert_eq!(world.database.count("SELECT count(*) FROM members").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inviters_rights_are_looked_at_again() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "admin").await;
    world.post("/team/invite", &bob.access, json!({"email": "cyd@example.com", "role": "admin"})).await.expect(201);
    let token = world.mailed_token("cyd@example.com", "invitations/accept").await;
    world
        .database
        .execute(&format!(
            "UPDATE members SET role = 'member' WHERE user_id = '{}'; UPDATE authorization_versions SET version = version + 1",
            bob.user
        ))
        .await;
    let body = json!({"token": token, "username": "cyd", "password": PASSWORD});
    world.post("/invitations/accept", "", body).await.expect_error(422, "token_invalid");
}
