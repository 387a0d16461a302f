use serde_json::{Value, json};

use crate::support::world::{ADMINISTRATOR, PASSWORD, administered};
use crate::support::{Reply, World, eventually};

async fn patch_settings(world: &World, token: &str, body: Value) -> Reply {
    world.patch("/admin/settings", token, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_listed_searched_and_paged() {
    let world = World::administered().await;
    let ada = world.sign_up("acme").await;
    world.sign_up("other").await;
    let root = world.administrator().await;
    let all = world.get("/admin/users", &root).await.expect(200);
    assert_eq!(all.data().len(), 3);
    let first = &all.data()[0];
    for key in
        ["id", "email", "username", "name", "is_verified", "status", "is_locked", "is_administrator", "created_at"]
    {
        assert!(first.get(key).is_some(), "{key} is missing in {first}");
    }
    let emails = |reply: &Reply| -> Vec<String> {
        reply.data().iter().map(|it| it["email"].as_str().unwrap().to_owned()).collect()
    };
    for search in ["acme", "ACME@Exa", &ada.user] {
        let found = world.get(&format!("/admin/users?search={search}"), &root).await.expect(200);
        assert_eq!(emails(&found), std::slice::from_ref(&ada.email), "{search}");
    }
    assert_eq!(world.get("/admin/users?search=example.com", &root).await.expect(200).data().len(), 3);
    assert_eq!(world.get("/admin/users?search=%25", &root).await.expect(200).data().len(), 0);
    assert_eq!(world.get("/admin/users?status=suspended", &root).await.expect(200).data().len(), 0);

    let mut seen = Vec::new();
    let mut path = "/admin/users?limit=1".to_owned();
    loop {
        let page = world.get(&path, &root).await.expect(200);
        seen.extend(emails(&page));
        let Some(cursor) = page.body["next_cursor"].as_str() else { break };
        path = format!("/admin/users?limit=1&cursor={cursor}");
    }
    assert_eq!(seen, emails(&all));
    let one = world.get(&format!("/admin/users/{}", ada.user), &root).await.expect(200);
    assert_eq!(one.body["email"], json!(ada.email));
    world.get("/admin/users/01990000-0000-7000-8000-000000000000", &root).await.expect_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_may() {
    let world = World::administered().await;
    let ada = world.sign_up("acme").await;
    let denied = world.get("/admin/users", &ada.access).await.expect_error(403, "permission_denied");
    assert_eq!(denied.body["required_permission"], "platform.administer");
    patch_settings(&world, &ada.access, json!({})).await.expect_error(403, "permission_denied");
    world
        .post(&format!("/admin/users/{}/suspend", ada.user), &ada.access, json!({}))
        .await
        .expect_error(403, "permission_denied");
    assert!(world.database.count("SELECT count(*) FROM audit_entries WHERE action = 'access.denied'").await >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_user_is_dead_at_every_door_on_every_node() {
    let mut world = World::with(administered).await;
    let node = world.add_node().await;
    let ada = world.sign_up("acme").await;
    let temporary = world.temporary_password(&ada.email).await;
    let verification = world.mailed_token(&ada.email, "verify-email").await;
    world.get_at(node, "/auth/me", &ada.access).await.expect(200);
    let root = world.administrator().await;
    world.post(&format!("/admin/users/{}/suspend", ada.user), &root, json!({})).await.expect(204);

    world.get("/auth/me", &ada.access).await.expect_error(401, "token_invalid");
    eventually("the other node hears of it", async || world.get_at(node, "/auth/me", &ada.access).await.status == 401)
        .await;
    world.post("/auth/refresh", "", json!({"refresh_token": ada.refresh})).await.expect_error(401, "token_invalid");
    world.log_in(&ada.email).await.expect_error(401, "invalid_credentials");
    let reset = json!({"email": ada.email, "temporary_password": temporary, "new_password": "Another-Horse-43"});
    world.post("/auth/confirm-forgot-password", "", reset).await.expect_error(401, "invalid_credentials");
    world.post("/auth/verify-email", "", json!({"token": verification})).await.expect_error(422, "token_invalid");
    let shown = world.get(&format!("/admin/users/{}", ada.user), &root).await.expect(200);
    assert_eq!(shown.body["status"], "suspended");

    world.post(&format!("/admin/users/{}/suspend", ada.user), &root, json!({})).await.expect(204);
    world.post(&format!("/admin/users/{}/reactivate", ada.user), &root, json!({})).await.expect(204);
    world.log_in(&ada.email).await.expect(200);
    world.get("/auth/me", &ada.access).await.expect_error(401, "token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_neither_suspends_itself_nor_writes_without_a_recent_password() {
    let world = World::administered().await;
    let ada = world.sign_up("acme").await;
    let root = world.administrator().await;
    let me = world.get("/auth/me", &root).await.expect(200).text_of("/user/id");
    world.post(&format!("/admin/users/{me}/suspend"), &root, json!({})).await.expect_error(409, "illegal_state");
    world.clock.advance(chrono::TimeDelta::minutes(6));
    world.get("/admin/users", &root).await.expect(200);
    world
        .post(&format!("/admin/users/{}/suspend", ada.user), &root, json!({}))
        .await
        .expect_error(403, "step_up_required");
    patch_settings(&world, &root, json!({})).await.expect_error(403, "step_up_required");
    world.post("/auth/step-up", &root, json!({"password": PASSWORD})).await.expect(200);
    world.post(&format!("/admin/users/{}/suspend", ada.user), &root, json!({})).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_change_while_the_nodes_run() {
    let mut world = World::with(administered).await;
    let node = world.add_node().await;
    let ada = world.sign_up("acme").await;
    let root = world.administrator().await;
    let settings = world.get("/admin/settings", &root).await.expect(200);
    assert_eq!(settings.body["lockout"], json!({"threshold": 10, "release_after": null}));
    assert_eq!(settings.body["registration"], json!({"open": true, "conceal": false}));
    assert_eq!(settings.body["lifetimes"]["access"], 900);

    let body = json!({"lockout": {"threshold": 2, "release_after": 60}, "lifetimes": {"access": 60}, "registration": {"open": false}});
    let changed = patch_settings(&world, &root, body).await.expect(200);
    assert_eq!(changed.body["lockout"], json!({"threshold": 2, "release_after": 60}));
    assert_eq!(changed.body["lifetimes"]["refresh"], settings.body["lifetimes"]["refresh"]);
    assert_eq!(world.log_in(&ada.email).await.expect(200).body["expires_in"], 60);
    eventually("the other node hears of it", async || {
        let body = json!({"email": ada.email, "password": PASSWORD});
        world.post_at(node, "/auth/login", "", body).await.body["expires_in"] == 60
    })
    .await;
    let body = json!({"email": "x@example.com", "username": "xxx", "password": PASSWORD, "confirm_password": PASSWORD});
    world.post("/auth/register", "", body).await.expect_error(403, "registration_closed");
    let never = patch_settings(&world, &root, json!({"lockout": {"release_after": null}})).await.expect(200);
    assert_eq!(never.body["lockout"], json!({"threshold": 2, "release_after": null}));

    for (bad, field) in [
        (json!({"lockout": {"threshold": 0}}), "lockout.threshold"),
        (json!({"lifetimes": {"access": 0}}), "lifetimes.access"),
        (json!({"lifetimes": {"acces": 5}}), "lifetimes.acces"),
        (json!({"lockout": {"threshold": "10"}}), "lockout.threshold"),
        (json!({"database_url": "x"}), "database_url"),
    ] {
        let reply = patch_settings(&world, &root, bad).await.expect(422);
        assert!(reply.body["errors"][field].is_array(), "{field}: {}", reply.text);
    }
    // A node that starts later begins with them.
    let later = world.add_node().await;
    let body = json!({"email": ada.email, "password": PASSWORD});
    assert_eq!(world.post_at(later, "/auth/login", "", body).await.expect(200).body["expires_in"], 60);
    let told = "SELECT count(*) FROM audit_entries WHERE action = 'settings.updated' AND public::text LIKE '%lockout.threshold%'";
    assert_eq!(world.database.count(told).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_is_made_once() {
    let mut world = World::administered().await;
    world.log_in(ADMINISTRATOR).await.expect(200);
    let other = world
        .add_node_with(|config| {
            let password = kernel::Secret::new("Another-Horse-43");
            config.administrator = Some(server::Administrator { email: ADMINISTRATOR.to_owned(), password });
        })
        .await;
    let body = json!({"email": ADMINISTRATOR, "password": PASSWORD});
    world.post_at(other, "/auth/login", "", body).await.expect(200);
    assert_eq!(world.database.count("SELECT count(*) FROM users WHERE administrator").await, 1);
}
