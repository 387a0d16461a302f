use serde_json::json;

use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn the_team_is_listed_in_pages() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.join(&ada, "bob@example.com", "admin").await;
    world.join(&ada, "cyd@example.com", "member").await;
    let first = world.get("/team?limit=2", &ada.access).await.expect(200);
    assert_eq!(first.data().len(), 2);
    assert_eq!(first.body["data"][0]["email"], ada.email);
    assert_eq!(first.body["data"][0]["role"], "owner");
    assert_eq!(first.body["data"][0]["status"], "active");
    let next = first.text_of("/next_cursor");
    let second = world.get(&format!("/team?limit=2&cursor={next}"), &ada.access).await.expect(200);
    assert_eq!(second.data().len(), 1);
    assert_eq!(second.body["data"][0]["email"], "cyd@example.com");
    assert!(second.body["next_cursor"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn inviting_needs_the_permission_and_the_refusal_is_written_down() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let cyd = world.join(&ada, "cyd@example.com", "member").await;
    let body = json!({"email": "dee@example.com", "role": "member"});
    for _ in 0..2 {
        let reply = world.post("/team/invite", &cyd.access, body.clone()).await.expect_error(403, "permission_denied");
        assert_eq!(reply.body["required_permission"], "team.invite");
    }
    let denied = world.get("/audit-logs?action=access.denied", &ada.access).await.expect(200);
    assert_eq!(denied.data().len(), 1, "equal refusals within a minute fold into one entry");
    assert_eq!(denied.body["data"][0]["actor"]["id"], cyd.user.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_a_role_that_holds_what_they_do_not() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "admin").await;
    let invite = async |role: &str| {
        world.post("/team/invite", &bob.access, json!({"email": format!("{role}@example.com"), "role": role})).await
    };
    invite("owner").await.expect_error(403, "permission_denied");
    invite("admin").await.expect(201);
    invite("member").await.expect(201);
    let unknown = invite("emperor").await.expect(422);
    assert!(unknown.body["errors"]["role"].is_array());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_invited_once_and_never_a_member() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let invite =
        async |email: &str| world.post("/team/invite", &ada.access, json!({"email": email, "role": "member"})).await;
    let invited = invite("bob@example.com").await.expect(201);
    assert_eq!(invited.body["status"], "pending");
    assert_eq!(invited.body["role"], "member");
    assert!(invited.text_of("/expires_at").ends_with('Z'));
    invite("BOB@example.com").await.expect_error(409, "already_invited");
    invite(&ada.email).await.expect_error(409, "already_member");
    world.clock.advance(chrono::TimeDelta::days(8));
    let ada = world.log_in(&ada.email).await.expect(200).text_of("/access_token");
    let body = json!({"email": "bob@example.com", "role": "member"});
    world.post("/team/invite", &ada, body).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_invitations_of_one_address_leave_one() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let body = json!({"email": "bob@example.com", "role": "member"});
    let tries = (0..10).map(|_| world.post("/team/invite", &ada.access, body.clone()));
    let replies = futures::future::join_all(tries).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    assert!(replies.iter().filter(|it| it.status != 201).all(|it| it.body["type"] == "already_invited"));
    assert_eq!(world.database.count("SELECT count(*) FROM invitations").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_invited_at_once_each_with_its_own_result() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let invitations = json!([
        {"email": "bob@example.com", "role": "member"},
        {"email": "not an address", "role": "member"},
        {"email": ada.email, "role": "member"},
    ]);
    let reply = world.post("/team/invite", &ada.access, json!({"invitations": invitations})).await.expect(200);
    assert_eq!(reply.body["data"][0]["status"], "created");
    assert_eq!(reply.body["data"][0]["invitation"]["email"], "bob@example.com");
    assert_eq!(reply.body["data"][1]["status"], "failed");
    assert_eq!(reply.body["data"][1]["index"], 1);
    assert_eq!(reply.body["data"][2]["error"]["type"], "already_member");
    let many: Vec<_> = (0..51).map(|i| json!({"email": format!("u{i}@example.com"), "role": "member"})).collect();
    world.post("/team/invite", &ada.access, json!({"invitations": many})).await.expect(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organization_is_not_found() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.sign_up("other").await;
    let team = async |tenant: &str| {
        let request = world.http.get(world.url("/team")).bearer_auth(&ada.access).header("X-Tenant", tenant);
        crate::support::Reply::of(request.send().await.unwrap()).await
    };
    team("acme").await.expect(200);
    let foreign = team("other").await.expect_error(404, "not_found");
    let unknown = team("nowhere").await.expect_error(404, "not_found");
    assert_eq!(foreign.body["message"], unknown.body["message"]);
    team("not|a|slug").await.expect_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_organization_one_is_required() {
    let world = World::new().await;
    let body = json!({
        "email": "user@example.com", "username": "johndoe",
        "password": "SecurePass123!", "confirm_password": "SecurePass123!",
    });
    world.post("/auth/register", "", body).await.expect(201);
    let login = json!({"email": "user@example.com", "password": "SecurePass123!"});
    let access = world.post("/auth/login", "", login).await.expect(200).text_of("/access_token");
    world.get("/team", &access).await.expect_error(422, "tenant_required");
    let me = world.get("/auth/me", &access).await.expect(200);
    assert!(me.body["organization"].is_null());
    assert_eq!(me.body["permissions"], json!([]));
}
