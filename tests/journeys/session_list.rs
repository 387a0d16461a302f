use chrono::TimeDelta;
use reqwest::header::USER_AGENT;
use serde_json::{Value, json};

use crate::support::world::PASSWORD;
use crate::support::{Reply, World, eventually};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

async fn log_in_as(world: &World, email: &str, agent: &str) -> Reply {
    let request = world.http.post(world.url("/auth/login")).header(USER_AGENT, agent);
    Reply::of(request.json(&json!({"email": email, "password": PASSWORD})).send().await.unwrap()).await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_with_device_address_and_last_use() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let fox = log_in_as(&world, &ada.email, FIREFOX).await;
    world.clock.advance(TimeDelta::minutes(5));
    world.get("/auth/me", &fox.text_of("/access_token")).await.expect(200);
    let listed = async || world.get("/me/sessions", &ada.access).await.expect(200).data().clone();
    let of_fox = |all: &[Value]| all.iter().find(|it| it["user_agent"] == FIREFOX).cloned().unwrap();
    eventually("the use is written down", async || {
        let fox = of_fox(&listed().await);
        fox["last_seen_at"] != fox["created_at"]
    })
    .await;
    let all = listed().await;
    assert_eq!(all.len(), 2);
    let fox = of_fox(&all);
    assert!(fox["device"].as_str().unwrap().contains("Firefox"), "{fox}");
    assert_eq!((&fox["address"], &fox["current"]), (&json!("127.0.0.1"), &json!(false)));
    assert_eq!(all.iter().filter(|it| it["current"] == true).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_session_is_ended_and_it_must_be_ones_own() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let eve = world.sign_up("other").await;
    let fox = log_in_as(&world, &ada.email, FIREFOX).await;
    let all = world.get("/me/sessions", &ada.access).await.expect(200);
    let id = all.data().iter().find(|it| it["user_agent"] == FIREFOX).unwrap()["id"].as_str().unwrap().to_owned();
    let foreign = world.delete(&format!("/me/sessions/{id}"), &eve.access).await.expect_error(404, "not_found");
    let unknown = world.delete("/me/sessions/01990000-0000-7000-8000-000000000000", &eve.access).await;
    assert_eq!(unknown.expect_error(404, "not_found").body["message"], foreign.body["message"]);
    world.delete("/me/sessions/x", &ada.access).await.expect(404);
    world.delete(&format!("/me/sessions/{id}"), &ada.access).await.expect(204);
    world.get("/auth/me", &fox.text_of("/access_token")).await.expect_error(401, "token_invalid");
    let refresh = json!({"refresh_token": fox.text_of("/refresh_token")});
    world.post("/auth/refresh", "", refresh).await.expect_error(401, "token_invalid");
    assert_eq!(world.get("/me/sessions", &ada.access).await.expect(200).data().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_are_ended_the_current_one_too_on_every_node() {
    let mut world = World::new().await;
    let node = world.add_node().await;
    let ada = world.sign_up("acme").await;
    let other = world.log_in(&ada.email).await.expect(200).text_of("/access_token");
    world.get_at(node, "/auth/me", &other).await.expect(200);
    world.post("/me/sessions/revoke-all", &ada.access, json!({})).await.expect(204);
    for access in [&ada.access, &other] {
        world.get("/auth/me", access).await.expect_error(401, "token_invalid");
        eventually("the other node hears of it", async || world.get_at(node, "/auth/me", access).await.status == 401)
            .await;
    }
    world.log_in(&ada.email).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_only_so_many_and_the_oldest_end() {
    let world = World::with(|config| config.settings.limits.sessions_per_user = 3).await;
    let ada = world.sign_up("acme").await;
    let mut tokens = vec![ada.access.clone()];
    for _ in 0..4 {
        world.clock.advance(TimeDelta::seconds(1));
        tokens.push(world.log_in(&ada.email).await.expect(200).text_of("/access_token"));
    }
    assert_eq!(world.get("/me/sessions", &tokens[4]).await.expect(200).data().len(), 3);
    for (n, token) in tokens.iter().enumerate() {
        assert_eq!(world.get("/auth/me", token).await.status == 200, n >= 2, "session {n}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_moves_to_another_of_ones_organizations() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let eve = world.sign_up("other").await;
    world
        .post("/auth/verify-email", "", json!({"token": world.mailed_token(&eve.email, "verify-email").await}))
        .await
        .expect(204);
    world.post("/team/invite", &ada.access, json!({"email": eve.email, "role": "member"})).await.expect(201);
    let token = world.mailed_token(&eve.email, "invitations/accept").await;
    world.post("/invitations/accept", &eve.access, json!({"token": token})).await.expect(200);

    let switched = world.post("/auth/switch-tenant", &eve.access, json!({"organization": "acme"})).await.expect(200);
    let me = world.get("/auth/me", &switched.text_of("/access_token")).await.expect(200);
    assert_eq!((&me.body["organization"]["slug"], &me.body["role"]), (&json!("acme"), &json!("member")));
    let refreshed = world.post("/auth/refresh", "", json!({"refresh_token": eve.refresh})).await.expect(200);
    let me = world.get("/auth/me", &refreshed.text_of("/access_token")).await.expect(200);
    assert_eq!(me.body["organization"]["slug"], "acme");
    let foreign = world.post("/auth/switch-tenant", &ada.access, json!({"organization": "other"})).await;
    foreign.expect_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sensitive_wants_a_password_given_lately() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let body = json!({"email": "new@example.com"});
    world.clock.advance(TimeDelta::minutes(6));
    world.post("/me/email", &ada.access, body.clone()).await.expect_error(403, "step_up_required");
    // Refreshing proves nothing.
    let refreshed = world.post("/auth/refresh", "", json!({"refresh_token": ada.refresh})).await.expect(200);
    let access = refreshed.text_of("/access_token");
    world.post("/me/email", &access, body.clone()).await.expect_error(403, "step_up_required");
    world
        .post("/auth/step-up", &access, json!({"password": "Wrong-Horse-42"}))
        .await
        .expect_error(401, "invalid_credentials");
    let stepped = world.post("/auth/step-up", &access, json!({"password": PASSWORD})).await.expect(200);
    assert_eq!(stepped.body["token_type"], "bearer");
    world.post("/me/email", &stepped.text_of("/access_token"), body.clone()).await.expect(204);
    // The session decides, not the token.
    world.post("/me/email", &access, body).await.expect(204);
}
