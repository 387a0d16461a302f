use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;

use crate::support::pictures::png;
use crate::support::world::Person;
use crate::support::{Reply, World, eventually};

fn path(person: &Person, rest: &str) -> String {
    format!("/organizations/{}{rest}", person.organization)
}

async fn tagged(world: &World, path: &str, token: &str, tag: Option<&str>) -> Reply {
    let mut request = world.request(Method::GET, path).bearer_auth(token);
    if let Some(tag) = tag {
        request = request.header("If-None-Match", tag);
    }
    Reply::of(request.send().await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_founds_others_and_lists_their_own() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let made = world.post("/organizations", &ada.access, json!({"name": "Bees", "slug": "bees"})).await.expect(201);
    assert_eq!((&made.body["name"], &made.body["slug"]), (&json!("Bees"), &json!("bees")));
    let mine = world.get("/organizations", &ada.access).await.expect(200);
    let mine: Vec<_> = mine.data().iter().map(|it| (it["slug"].clone(), it["role"].clone())).collect();
    assert_eq!(mine, [(json!("acme"), json!("owner")), (json!("bees"), json!("owner"))]);
    let members = world.get("/organizations/bees/members", &ada.access).await.expect(200);
    assert_eq!(members.data()[0]["email"], ada.email.as_str());

    world
        .post("/organizations", &ada.access, json!({"name": "B", "slug": "bees"}))
        .await
        .expect_error(409, "slug_taken");
    let bad = world.post("/organizations", &ada.access, json!({"name": "", "slug": "Api"})).await.expect(422);
    assert!(bad.body["errors"]["name"].is_array() && bad.body["errors"]["slug"].is_array());
    let reserved = world.post("/organizations", &ada.access, json!({"name": "A", "slug": "api"})).await.expect(422);
    assert_eq!(reserved.body["errors"]["slug"], json!(["This slug is reserved."]));
    world.post("/organizations", "", json!({"name": "A", "slug": "abc"})).await.expect_error(401, "token_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_link_leads_to_its_organization_for_ever_and_to_no_other() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let eve = world.sign_up("other").await;
    let renamed = world.patch("/organizations/acme", &ada.access, json!({"slug": "acme-bees"})).await.expect(200);
    assert_eq!(renamed.body["slug"], "acme-bees");
    for slug in ["acme", "acme-bees"] {
        let found = world.get(&format!("/organizations/{slug}"), &ada.access).await.expect(200);
        assert_eq!(found.body["slug"], "acme-bees");
        let team = world.http.get(world.url("/team")).bearer_auth(&ada.access).header("X-Tenant", slug);
        Reply::of(team.send().await.unwrap()).await.expect(200);
        world.patch("/organizations/other", &eve.access, json!({"slug": slug})).await.expect_error(409, "slug_taken");
        let body = json!({"name": "Thief", "slug": slug});
        world.post("/organizations", &eve.access, body).await.expect_error(409, "slug_taken");
    }
    // Its own it may take again.
    world.patch("/organizations/acme", &ada.access, json!({"slug": "acme"})).await.expect(200);
    // Not even when it is gone.
    world.delete(&path(&ada, ""), &ada.access).await.expect(204);
    let body = json!({"name": "Thief", "slug": "acme-bees"});
    world.post("/organizations", &eve.access, body).await.expect_error(409, "slug_taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_organization_is_nobodys_until_its_owner_has_it_back() {
    let mut world = World::new().await;
    let other = world.add_node().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "admin").await;
    world.verify_email(&ada.email).await;
    let key = world.post("/api-keys", &ada.access, json!({"name": "key"})).await.expect(201).text_of("/key");
    world.get_at(other, "/team", &bob.access).await.expect(200);
    world.delete(&path(&ada, ""), &bob.access).await.expect_error(403, "permission_denied");
    world.delete(&path(&ada, ""), &key).await.expect_error(403, "person_required");
    world.clock.advance(TimeDelta::minutes(6));
    world.delete(&path(&ada, ""), &ada.access).await.expect_error(403, "step_up_required");
    let proved = json!({"password": crate::support::world::PASSWORD});
    let access = world.post("/auth/step-up", &ada.access, proved).await.expect(200).text_of("/access_token");
    world.delete(&path(&ada, ""), &access).await.expect(204);

    for token in [&access, &bob.access] {
        world.get("/team", token).await.expect_error(404, "not_found");
        world.get(&path(&ada, ""), token).await.expect_error(404, "not_found");
    }
    // Of a key, nobody answers any more; by heart it leads nowhere, and asked for it is none.
    let refused = world.get("/team", &key).await;
    assert!([401, 404].contains(&refused.status.as_u16()), "{}", refused.text);
    eventually("the other node hears of it", async || world.get_at(other, "/team", &bob.access).await.status == 404)
        .await;
    assert_eq!(world.get("/organizations", &access).await.expect(200).data().len(), 0);

    let restore = path(&ada, "/restore");
    world.post(&restore, &bob.access, json!({})).await.expect_error(404, "not_found");
    world.post("/organizations/acme/restore", &access, json!({})).await.expect(200);
    world.post(&restore, &access, json!({})).await.expect_error(409, "illegal_state");
    world.get("/team", &bob.access).await.expect(200);
    world.get("/team", &key).await.expect(200);

    world.delete(&path(&ada, ""), &access).await.expect(204);
    world.clock.advance(TimeDelta::days(30));
    let later = world.log_in(&ada.email).await.expect(200).text_of("/access_token");
    world.post(&restore, &later, json!({})).await.expect_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn ownership_is_handed_over_by_its_owner_alone() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    let cyd = world.join(&ada, "cyd@example.com", "admin").await;
    let hand_over = async |from: &Person, to: &str| {
        world.post(&path(&ada, "/transfer-ownership"), &from.access, json!({"user_id": to})).await
    };
    hand_over(&cyd, &bob.user).await.expect_error(403, "permission_denied");
    hand_over(&ada, "0192f0c1-7c5e-7000-8000-000000000001").await.expect_error(404, "not_found");
    hand_over(&ada, &ada.user).await.expect_error(409, "illegal_state");
    hand_over(&ada, &bob.user).await.expect(204);
    let team = world.get("/team", &ada.access).await.expect(200);
    let roles: Vec<_> = team.data().iter().map(|it| it["role"].clone()).collect();
    assert_eq!(roles, [json!("admin"), json!("owner"), json!("admin")]);
    world.clock.advance(TimeDelta::minutes(6));
    hand_over(&bob, &ada.user).await.expect_error(403, "step_up_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn giving_the_owners_role_wants_a_step_up_by_every_way() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    let owner = "00000000-0000-7000-8000-000000000001";
    let invited = world.post("/team/invite", &ada.access, json!({"email": "dee@example.com", "role": "owner"})).await;
    let resend = format!("/team/invitations/{}/resend", invited.expect(201).text_of("/id"));
    world.verify_email(&ada.email).await;
    let body = json!({"name": "t", "permissions": ["team.manage_roles", "team.invite"]});
    let token = world.post("/me/tokens", &ada.access, body).await.expect(201).text_of("/token");
    world.clock.advance(TimeDelta::minutes(6));
    for name in ["owner", owner] {
        let role = format!("/team/members/{}/role", bob.user);
        world.patch(&role, &ada.access, json!({"role": name})).await.expect_error(403, "step_up_required");
        world.patch(&role, &token, json!({"role": name})).await.expect_error(403, "person_required");
        let one = json!({"email": "eve@example.com", "role": name});
        world.post("/team/invite", &ada.access, one.clone()).await.expect_error(403, "step_up_required");
        let many = json!({"invitations": [{"email": "fay@example.com", "role": "member"}, one]});
        world.post("/team/invite", &ada.access, many).await.expect_error(403, "step_up_required");
    }
    world.post(&resend, &ada.access, json!({})).await.expect_error(403, "step_up_required");
    world.patch(&format!("/team/members/{}/role", bob.user), &ada.access, json!({"role": "admin"})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_leaves_but_for_the_last_owner() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    world.post(&path(&ada, "/leave"), &ada.access, json!({})).await.expect_error(409, "last_owner");
    world.post(&path(&ada, "/leave"), &bob.access, json!({})).await.expect(204);
    world.post(&path(&ada, "/leave"), &bob.access, json!({})).await.expect_error(404, "not_found");
    assert_eq!(world.get("/team", &ada.access).await.expect(200).data().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_administrator_finds_an_organization_and_appoints_an_owner() {
    let world = World::administered().await;
    let ada = world.sign_up("acme").await;
    world.sign_up("other").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    let root = world.administrator().await;
    world.get("/admin/organizations", &ada.access).await.expect_error(403, "permission_denied");
    let found = world.get("/admin/organizations?search=acm", &root).await.expect(200);
    assert_eq!((found.data().len(), &found.data()[0]["members"]), (1, &json!(2)));
    let all = world.get("/admin/organizations?limit=1", &root).await.expect(200);
    assert_eq!(all.data()[0]["slug"], "other");
    let owners = format!("/admin/organizations/{}/owners", ada.organization);
    world.post(&owners, &ada.access, json!({"user_id": bob.user})).await.expect_error(403, "permission_denied");
    world.post(&owners, &root, json!({"user_id": bob.user})).await.expect(204);
    let team = world.get("/team", &ada.access).await.expect(200);
    assert!(team.data().iter().all(|it| it["role"] == "owner"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_decides_by_itself_from_the_snapshot() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    world.verify_email(&ada.email).await;
    let body = json!({"name": "decider", "scopes": ["team.manage_roles"]});
    let key = world.post("/api-keys", &ada.access, body).await.expect(201).text_of("/key");
    let snapshot = path(&ada, "/authorization-snapshot");
    let first = tagged(&world, &snapshot, &key, None).await.expect(200);
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    let may = |reply: &Reply, permission: &str| {
        let facts = rbac::Facts::from_json(reply.text.as_bytes()).unwrap();
        let tag = reply.headers["etag"].to_str().unwrap();
        assert!(tag.starts_with(&format!("\"{}.", facts.version)), "{tag}");
        let holder = rbac::Holder::at(bob.user.parse().unwrap(), world.now());
        rbac::Snapshot::build(facts).check(holder, &kernel::Permission::parse(permission).unwrap()).reason
    };
    assert_eq!(may(&first, "team.view"), rbac::Reason::HeldByRole);
    assert_eq!(may(&first, "audit.view"), rbac::Reason::NotGranted);
    tagged(&world, &snapshot, &key, Some(&tag)).await.expect(304);

    let grant = format!("/team/members/{}/permissions/audit.view", bob.user);
    world.put(&grant, &ada.access, json!({"effect": "allow"})).await.expect(200);
    let second = tagged(&world, &snapshot, &key, Some(&tag)).await.expect(200);
    assert_eq!(may(&second, "audit.view"), rbac::Reason::Granted);
    world.get(&snapshot, "").await.expect_error(401, "token_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_thirty_days_nothing_of_a_deleted_organization_is_left_but_its_slug() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    world.verify_email(&ada.email).await;
    world.post("/api-keys", &ada.access, json!({"name": "key"})).await.expect(201);
    let logo = world.request(Method::PUT, &path(&ada, "/logo")).bearer_auth(&ada.access).body(png(4, 4));
    Reply::of(logo.send().await.unwrap()).await.expect(200);
    let kept = || std::fs::read_dir(world.data_dir.join("files/logos")).unwrap().count();
    let trail = format!("SELECT count(*) FROM audit_entries WHERE organization_id = '{}'", ada.organization);
    world.delete(&path(&ada, ""), &ada.access).await.expect(204);
    let written = world.database.count(&trail).await;
    assert_eq!(kept(), 1, "it can still be restored");

    world.clock.advance(TimeDelta::days(30) + TimeDelta::hours(1));
    let left = "SELECT (SELECT count(*) FROM members) + (SELECT count(*) FROM keys) + (SELECT count(*) FROM invitations) \
                + (SELECT count(*) FROM organizations WHERE name = 'acme')";
    eventually("the organization is erased", async || world.database.count(left).await == 0).await;
    assert_eq!(kept(), 0);
    assert_eq!(world.database.count(&trail).await, written + 1, "what was written stays");

    // Whose account it was has it still.
    let access = world.log_in(&bob.email).await.expect(200).text_of("/access_token");
    assert_eq!(world.get("/organizations", &access).await.expect(200).data().len(), 0);
    let access = world.log_in(&ada.email).await.expect(200).text_of("/access_token");
    world.post(&path(&ada, "/restore"), &access, json!({})).await.expect_error(404, "not_found");
    let again = json!({"name": "Acme", "slug": "acme"});
    world.post("/organizations", &access, again).await.expect_error(409, "slug_taken");
}
