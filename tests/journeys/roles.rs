use serde_json::{Value, json};

use crate::support::world::Person;
use crate::support::{Reply, World};

async fn may(world: &World, person: &Person, permission: &str) -> (bool, String) {
    let answer = world.post("/permissions/check", &person.access, json!({"permission": permission})).await.expect(200);
    (answer.body["allowed"].as_bool().unwrap(), answer.text_of("/reason"))
}

async fn assign(world: &World, by: &Person, to: &Person, role: &str) -> Reply {
    world.patch(&format!("/team/members/{}/role", to.user), &by.access, json!({"role": role})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_makes_roles_for_its_own_applications() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    let declared = json!({"key": "hives.open", "description": "Open a hive."});
    world.post("/permissions", &ada.access, declared.clone()).await.expect(201);
    world.post("/permissions", &ada.access, declared).await.expect_error(409, "permission_taken");
    world.post("/permissions", &ada.access, json!({"key": "team.paint"})).await.expect(422);
    let listed = world.get("/permissions", &ada.access).await.expect(200);
    let custom: Vec<&Value> = listed.data().iter().filter(|it| it["is_custom"] == true).collect();
    assert_eq!(custom, [&json!({"key": "hives.open", "description": "Open a hive.", "is_custom": true})]);

    let keeper = json!({"key": "keeper", "name": "Keeper", "permissions": ["hives.*"], "inherits": ["member"]});
    let role = world.post("/team/roles", &ada.access, keeper.clone()).await.expect(201);
    assert_eq!((&role.body["permissions"], &role.body["inherits"]), (&json!(["hives.*"]), &json!(["member"])));
    assert_eq!(role.body["is_system"], false);
    world.post("/team/roles", &ada.access, keeper).await.expect_error(409, "role_taken");
    assert_eq!(may(&world, &bob, "hives.open").await, (false, "not_granted".into()));
    assign(&world, &ada, &bob, &role.text_of("/id")).await.expect(200);
    assert_eq!(may(&world, &bob, "hives.open").await, (true, "held_by_role".into()));
    assert_eq!(may(&world, &bob, "team.view").await, (true, "held_by_role".into()));

    let explained = world
        .post("/permissions/check?explain=true", &bob.access, json!({"permissions": ["hives.open", "team.view"]}))
        .await
        .expect(200);
    let because = |role, permission| json!([{"kind": "role", "role": role, "permission": permission}]);
    assert_eq!(explained.body["results"][0]["because"], because("keeper", "hives.*"));
    assert_eq!(explained.body["results"][1]["because"], because("member", "team.view"));

    world.delete("/team/roles/keeper", &ada.access).await.expect_error(409, "in_use");
    let other = json!({"key": "other", "name": "Other", "permissions": ["hives.open"]});
    world.post("/team/roles", &ada.access, other).await.expect(201);
    world.delete("/permissions/hives.open", &ada.access).await.expect_error(409, "in_use");
    world.delete("/team/roles/other", &ada.access).await.expect(204);
    let narrower = json!({"name": "Guest", "permissions": []});
    let changed = world.patch("/team/roles/keeper", &ada.access, narrower).await.expect(200);
    assert_eq!(changed.body["name"], "Guest");
    assert!(!may(&world, &bob, "hives.open").await.0, "the very next check");
    world.delete("/permissions/hives.open", &ada.access).await.expect(204);
    assert_eq!(may(&world, &bob, "hives.open").await, (false, "unknown_permission".into()));
    assign(&world, &ada, &bob, "member").await.expect(200);
    world.delete("/team/roles/keeper", &ada.access).await.expect(204);
    world.get("/team/roles/keeper", &ada.access).await.expect_error(404, "not_found");

    let actions: Vec<_> = world.audit(&ada).await.iter().map(|it| it["action"].clone()).collect();
    for action in
        ["permission.declared", "permission.withdrawn", "role.created", "role.updated", "role.deleted", "role.assigned"]
    {
        assert!(actions.contains(&json!(action)), "{action}: {actions:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_inherit_without_cycles_and_the_systems_stay() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let make = async |key: &str, inherits: &[&str]| {
        let body = json!({"key": key, "name": key, "permissions": [], "inherits": inherits});
        world.post("/team/roles", &ada.access, body).await
    };
    make("a", &[]).await.expect(201);
    make("b", &["a"]).await.expect(201);
    make("c", &["b"]).await.expect(201);
    let cycle = world.patch("/team/roles/a", &ada.access, json!({"inherits": ["c"]})).await.expect(422);
    assert!(cycle.body["errors"]["inherits"].is_array());
    assert!(make("d", &["gone"]).await.expect(422).body["errors"]["inherits.0"].is_array());
    world.delete("/team/roles/a", &ada.access).await.expect_error(409, "in_use");
    for system in ["owner", "admin", "member"] {
        let path = format!("/team/roles/{system}");
        world.patch(&path, &ada.access, json!({"name": "x"})).await.expect_error(409, "illegal_state");
        world.delete(&path, &ada.access).await.expect_error(409, "illegal_state");
    }
    let unknown = json!({"key": "e", "name": "E", "permissions": ["honey.sell", "honey.*", "*"]});
    let refused = world.post("/team/roles", &ada.access, unknown).await.expect(422);
    assert_eq!(
        refused.body["errors"].as_object().map(|it| it.keys().cloned().collect::<Vec<_>>()).unwrap(),
        ["permissions.0", "permissions.1"]
    );
}

/// Somebody who may manage roles and little else tries every way up.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_what_they_do_not_hold_by_whatever_door() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let mallory = world.join(&ada, "mallory@example.com", "member").await;
    let friend = world.join(&ada, "friend@example.com", "member").await;
    let manager = json!({
        "key": "manager", "name": "Manager", "inherits": ["member"],
        "permissions": ["team.manage_roles", "team.invite", "team.remove", "api_keys.manage"],
    });
    world.post("/team/roles", &ada.access, manager).await.expect(201);
    let auditor = json!({"key": "auditor", "name": "Auditor", "permissions": ["audit.view"]});
    world.post("/team/roles", &ada.access, auditor).await.expect(201);
    assign(&world, &ada, &mallory, "manager").await.expect(200);
    let beyond = |reply: Reply, lacking: &str| {
        let refused = reply.expect_error(403, "permission_denied");
        assert_eq!(refused.body["required_permission"], lacking, "{}", refused.text);
    };
    let role = |permissions: &[&str], inherits: &[&str]| json!({"key": "up", "name": "Up", "permissions": permissions, "inherits": inherits});
    let post = async |path: &str, body: Value| world.post(path, &mallory.access, body).await;
    beyond(post("/team/roles", role(&["audit.view"], &[])).await, "audit.view");
    beyond(post("/team/roles", role(&["*"], &[])).await, "api_keys.view");
    beyond(post("/team/roles", role(&["team.*"], &[])).await, "team.edit");
    beyond(post("/team/roles", role(&[], &["admin"])).await, "api_keys.view");
    let wider = json!({"permissions": ["team.manage_roles", "audit.view"]});
    beyond(world.patch("/team/roles/manager", &mallory.access, wider).await, "audit.view");
    let taken = json!({"permissions": []});
    beyond(world.patch("/team/roles/auditor", &mallory.access, taken).await, "audit.view");
    for to in [&mallory, &friend] {
        beyond(assign(&world, &mallory, to, "admin").await, "api_keys.view");
        beyond(assign(&world, &mallory, to, "auditor").await, "audit.view");
        let grant = format!("/team/members/{}/permissions/audit.view", to.user);
        beyond(world.put(&grant, &mallory.access, json!({"effect": "allow"})).await, "audit.view");
    }
    beyond(post("/team/invite", json!({"email": "x@example.com", "role": "auditor"})).await, "audit.view");
    beyond(post("/api-keys", json!({"name": "k", "scopes": ["audit.view"]})).await, "audit.view");
    // Nor acts on somebody above.
    for (method, rest) in [("POST", "/suspend"), ("DELETE", "")] {
        let path = format!("/team/members/{}{rest}", ada.user);
        let request = world.http.request(method.parse().unwrap(), world.url(&path)).bearer_auth(&mallory.access);
        beyond(Reply::of(request.send().await.unwrap()).await, "api_keys.view");
    }
    beyond(assign(&world, &mallory, &ada, "member").await, "api_keys.view");
    let denied = format!("/team/members/{}/permissions/team.view", ada.user);
    beyond(world.put(&denied, &mallory.access, json!({"effect": "deny"})).await, "api_keys.view");
    // What they do hold they give.
    assign(&world, &mallory, &friend, "manager").await.expect(200);

    let tried = world.get("/audit-logs?limit=100", &ada.access).await.expect(200);
    let refused: Vec<_> = tried.data().iter().filter(|it| it["outcome"] == "refused").map(|it| &it["action"]).collect();
    for action in ["role.refused", "member.refused", "permission.refused", "invitation.refused"] {
        assert!(refused.contains(&&json!(action)), "{action}: {refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organizations_key_gives_no_roles() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    world.verify_email(&ada.email).await;
    let key = world.post("/api-keys", &ada.access, json!({"name": "key"})).await.expect(201).text_of("/key");
    let member = format!("/team/members/{}", bob.user);
    let grant = format!("{member}/permissions/audit.view");
    world.patch(&format!("{member}/role"), &key, json!({"role": "admin"})).await.expect_error(403, "person_required");
    world.put(&grant, &key, json!({"effect": "allow"})).await.expect_error(403, "person_required");
    world.delete(&grant, &key).await.expect_error(403, "person_required");
    let role = json!({"key": "r", "name": "R", "permissions": []});
    world.post("/team/roles", &key, role).await.expect_error(403, "person_required");
    let invitation = json!({"email": "eve@example.com", "role": "member"});
    world.post("/team/invite", &key, invitation).await.expect_error(403, "person_required");
    world.get("/team/roles", &key).await.expect(200);
    world.get("/team/invitations", &key).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_token_invited_goes_with_it() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.verify_email(&ada.email).await;
    let all = ["team.invite", "organization.view", "team.view", "entitlements.view", "entitlements.consume"];
    let body = json!({"name": "inviter", "permissions": all});
    let made = world.post("/me/tokens", &ada.access, body).await.expect(201);
    let invitation = json!({"email": "eve@example.com", "role": "member"});
    world.post("/team/invite", &made.text_of("/token"), invitation).await.expect(201);
    let token = world.mailed_token("eve@example.com", "invitations/accept").await;
    world.delete(&format!("/me/tokens/{}", made.text_of("/id")), &ada.access).await.expect(204);
    let accept = json!({"token": token, "username": "eve", "password": crate::support::world::PASSWORD});
    world.post("/invitations/accept", "", accept).await.expect_error(422, "token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_loses_a_role_loses_it_on_every_node() {
    let mut world = World::new().await;
    let other = world.add_node().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "admin").await;
    world.get_at(other, "/audit-logs", &bob.access).await.expect(200);
    assign(&world, &ada, &bob, "member").await.expect(200);
    world.get("/audit-logs", &bob.access).await.expect_error(403, "permission_denied");
    let certain =
        world.post_at(other, "/permissions/check?consistency=full", &bob.access, json!({"permission": "audit.view"}));
    assert_eq!(certain.await.expect(200).body["allowed"], false);
    crate::support::eventually("the other node hears of it", async || {
        world.get_at(other, "/audit-logs", &bob.access).await.status == 403
    })
    .await;
    let me = world.get("/auth/me", &bob.access).await.expect(200);
    assert_eq!(me.body["role"], "member", "the token's own role says nothing");
}
