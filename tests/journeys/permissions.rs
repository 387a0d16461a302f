use serde_json::json;

use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn one_asks_about_oneself_and_about_members_with_team_view() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let cyd = world.join(&ada, "cyd@example.com", "member").await;
    let eve = world.sign_up("other").await;

    let own = world.post("/permissions/check", &cyd.access, json!({"permission": "team.invite"})).await.expect(200);
    assert_eq!(own.body["permission"], "team.invite");
    assert_eq!(own.body["allowed"], false);
    assert!(own.body["reason"].is_string());

    let about = json!({"permission": "team.view", "user_id": cyd.user});
    let other = world.post("/permissions/check", &ada.access, about).await.expect(200);
    assert_eq!(other.body["allowed"], true);

    let stranger = json!({"permission": "team.view", "user_id": eve.user});
    world.post("/permissions/check", &ada.access, stranger).await.expect_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn up_to_fifty_at_once_and_explained() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let body = json!({"permissions": ["team.view", "organization.delete", "honey.pour"]});
    let reply = world.post("/permissions/check?explain=true", &ada.access, body).await.expect(200);
    assert_eq!(reply.body["results"][0]["allowed"], true);
    assert_eq!(reply.body["results"][0]["because"][0]["kind"], "role");
    assert_eq!(reply.body["results"][2]["allowed"], false);
    assert_eq!(reply.body["results"][2]["reason"], "unknown_permission");
    let many: Vec<String> = (0..51).map(|i| format!("a.b{i}")).collect();
    world.post("/permissions/check", &ada.access, json!({"permissions": many})).await.expect(422);
    world.post("/permissions/check", &ada.access, json!({"permission": "Team View"})).await.expect(422);
    world.post("/permissions/check", &ada.access, json!({})).await.expect(422);
}
