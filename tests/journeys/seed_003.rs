//! Seed 003's tables, row by row, under both prefixes.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::world::PASSWORD;

const PREFIXES: [&str; 2] = ["//api/v1", "//v1"];

#[tokio::test(flavor = "multi_thread")]
async fn authentication_endpoints() {
    for prefix in PREFIXES {
        let world = World::new().await;
        let owner = json!({"email": "you@example.com", "username": "you", "password": PASSWORD});
        let body = json!({"name": "Acme", "slug": "acme", "owner": owner});
        world.post(&format!("{prefix}/tenants"), "", body).await.expect(201);
        let login = json!({"email": "you@example.com", "password": PASSWORD});
        let request =
            world.http.post(world.url(&format!("{prefix}/auth/login"))).header("X-Tenant", "acme").json(&login);
        let login = crate::support::Reply::of(request.send().await.unwrap()).await.expect(200);
        let access = login.text_of("/access_token");
        let me = world.get(&format!("{prefix}/auth/me"), &access).await.expect(200);
        assert!(me.body["permissions"].as_array().is_some_and(|it| it.contains(&json!("team.invite"))));
        let tenants = world.get(&format!("{prefix}/auth/tenants"), &access).await.expect(200);
        assert_eq!(tenants.data()[0]["organization"]["slug"], "acme");
        let change = json!({"current_password": PASSWORD, "new_password": "Another-Horse-43"});
        world.post(&format!("{prefix}/auth/change-password"), &access, change).await.expect(204);
        world.post(&format!("{prefix}/auth/logout"), &access, json!({})).await.expect(204);
        world.get(&format!("{prefix}/auth/me"), &access).await.expect(401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn team_management_endpoints() {
    for prefix in PREFIXES {
        let world = World::new().await;
        let ada = world.sign_up("acme").await;
        let at = |path: &str| format!("{prefix}{path}");
        assert_eq!(world.get(&at("/team"), &ada.access).await.expect(200).data().len(), 1);

        let body = json!({"email": "bob@example.com", "role": "member"});
        let invited = world.post(&at("/team/invite"), &ada.access, body).await.expect(201);
        let pending = world.get(&at("/team/invitations"), &ada.access).await.expect(200);
        assert_eq!(pending.data()[0]["id"], invited.body["id"]);
        assert_eq!((&pending.data()[0]["status"], &pending.data()[0]["role"]), (&json!("pending"), &json!("member")));
        let first = world.mailed_token("bob@example.com", "invitations/accept").await;
        let resend = at(&format!("/team/invitations/{}/resend", invited.text_of("/id")));
        world.post(&resend, &ada.access, json!({})).await.expect(204);
        crate::support::eventually("another link is mailed", async || {
            world.mailed_tokens("bob@example.com", "invitations/accept").len() == 2
        })
        .await;
        let second = world.mailed_token("bob@example.com", "invitations/accept").await;
        let accept = |token: &str| json!({"token": token, "username": "bob", "password": PASSWORD});
        world.post(&at("/invitations/accept"), "", accept(&first)).await.expect_error(422, "token_invalid");
        let bob = world.post(&at("/invitations/accept"), "", accept(&second)).await.expect(200);
        assert_eq!(bob.body["organization"]["slug"], "acme");
        let (id, access) = (bob.text_of("/user/id"), bob.text_of("/access_token"));

        let body = json!({"email": "cyd@example.com", "role": "member"});
        let cancelled = world.post(&at("/team/invite"), &ada.access, body).await.expect(201).text_of("/id");
        world.delete(&at(&format!("/team/invitations/{cancelled}")), &ada.access).await.expect(204);
        let token = world.mailed_token("cyd@example.com", "invitations/accept").await;
        world.post(&at("/invitations/accept"), "", accept(&token)).await.expect_error(422, "token_invalid");
        assert_eq!(world.get(&at("/team/invitations"), &ada.access).await.expect(200).data().len(), 0);

        let role = at(&format!("/team/members/{id}/role"));
        let changed = world.patch(&role, &ada.access, json!({"role": "admin"})).await.expect(200);
        assert_eq!((&changed.body["id"], &changed.body["role"]), (&json!(id), &json!("admin")));
        assert_eq!((&changed.body["status"], &changed.body["username"]), (&json!("active"), &json!("bob")));
        assert!(changed.text_of("/joined_at").ends_with('Z'));

        world.post(&at(&format!("/team/members/{id}/suspend")), &ada.access, json!({})).await.expect(204);
        let out = world.get(&at("/team"), &access).await.expect_error(403, "member_suspended");
        assert_eq!(out.body["status"], "suspended");
        world.post(&at(&format!("/team/members/{id}/reactivate")), &ada.access, json!({})).await.expect(204);
        world.get(&at("/team"), &access).await.expect(200);
        world.delete(&at(&format!("/team/members/{id}")), &ada.access).await.expect(204);
        world.get(&at("/team"), &access).await.expect_error(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn role_and_permission_endpoints() {
    for prefix in PREFIXES {
        let world = World::new().await;
        let ada = world.sign_up("acme").await;
        let roles = world.get(&format!("{prefix}/team/roles"), &ada.access).await.expect(200);
        let keys: Vec<&Value> = roles.data().iter().map(|it| &it["key"]).collect();
        assert_eq!(keys, [&json!("owner"), &json!("admin"), &json!("member")]);
        let admin = &roles.data()[1];
        for name in [admin["key"].as_str().unwrap(), admin["id"].as_str().unwrap()] {
            let role = world.get(&format!("{prefix}/team/roles/{name}"), &ada.access).await.expect(200);
            assert_eq!(&role.body, admin);
            assert!(role.body["permissions"].as_array().is_some_and(|it| it.contains(&json!("team.*"))));
        }
        let all = world.get(&format!("{prefix}/team/permissions"), &ada.access).await.expect(200);
        let view = all.data().iter().find(|it| it["key"] == "team.view").unwrap();
        assert!(view["description"].is_string() && view["is_custom"] == false);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_error_says_what_the_seed_says() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let cyd = world.join(&ada, "cyd@example.com", "member").await;
    let unauthenticated = world.get("/team", "").await.expect(401);
    assert!(unauthenticated.body["message"].is_string());
    let forbidden = world.get("/team/permissions", &cyd.access).await.expect(403);
    assert_eq!(forbidden.body["required_permission"], "team.manage_roles");
    let missing = world.get("/team/roles/emperor", &ada.access).await.expect(404);
    assert!(missing.body["message"].is_string());
    let invalid = world.post("/team/invite", &ada.access, json!({"role": "member"})).await.expect(422);
    assert_eq!(invalid.body["message"], "The given data was invalid");
    assert_eq!(invalid.body["errors"]["email"], json!(["The email field is required."]));
}
