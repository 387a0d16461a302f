use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::world::Person;
use crate::support::{World, eventually};

async fn owner(world: &World, slug: &str) -> Person {
    let person = world.sign_up(slug).await;
    world.verify_email(&person.email).await;
    person
}

async fn key(world: &World, by: &Person, body: Value) -> (String, String) {
    let made = world.post("/api-keys", &by.access, body).await.expect(201);
    (made.text_of("/id"), made.text_of("/key"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_acts_as_the_organization_as_far_as_its_scopes_reach() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let unverified = world.post("/api-keys", &ada.access, json!({"name": "ci"})).await;
    unverified.expect_error(403, "email_not_verified");
    world.verify_email(&ada.email).await;
    let (id, admin) = key(&world, &ada, json!({"name": "ci"})).await;
    assert!(admin.starts_with("hbx_") && admin.len() == 60, "{admin}");
    let profile = world.get("/me/profile", &admin).await.expect(200);
    assert_eq!((profile.text_of("/type"), profile.text_of("/role")), ("organization".into(), "admin".into()));
    assert_eq!(profile.text_of("/organization/slug"), "acme");
    world.get("/team", &admin).await.expect(200);
    world.get("/audit-logs", &admin).await.expect(200);

    let (_, narrow) = key(&world, &ada, json!({"name": "viewer", "scopes": ["team.view"]})).await;
    world.get("/team", &narrow).await.expect(200);
    let refused = world.get("/audit-logs", &narrow).await.expect_error(403, "permission_denied");
    assert_eq!(refused.text_of("/required_permission"), "audit.view");
    let (_, nothing) = key(&world, &ada, json!({"name": "nothing", "scopes": []})).await;
    world.get("/team", &nothing).await.expect_error(403, "permission_denied");

    // It never makes, lists or rotates keys, and proves nobody.
    for token in [&admin, &narrow] {
        world.get("/api-keys", token).await.expect(403);
        world.post("/api-keys", token, json!({"name": "more"})).await.expect(403);
        world.post(&format!("/api-keys/{id}/rotate"), token, json!({})).await.expect(403);
        world.get("/me/sessions", token).await.expect(403);
        world.post("/auth/step-up", token, json!({"password": "x"})).await.expect(403);
        world.post("/me/mfa/setup", token, json!({})).await.expect(403);
    }
    // Nor does it leave its organization.
    let other = owner(&world, "other").await;
    let elsewhere = world.http.get(world.url("/team")).bearer_auth(&admin).header("X-Tenant", "other");
    crate::support::Reply::of(elsewhere.send().await.unwrap()).await.expect_error(404, "not_found");
    world.get(&format!("/organizations/{}", other.organization), &admin).await.expect_error(404, "not_found");
    // Who did it is written down.
    let path = format!("/organizations/{}", ada.organization);
    world.patch(&path, &admin, json!({"name": "Renamed"})).await.expect(200);
    let entry = world.audit(&ada).await.into_iter().find(|it| it["action"] == "organization.updated").unwrap();
    assert_eq!(entry["actor"]["kind"], "key", "{entry}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_makes_a_key_that_may_more_than_they() {
    let world = World::new().await;
    let ada = owner(&world, "acme").await;
    let bob = world.join(&ada, "bob@example.com", "admin").await;
    let beyond = json!({"name": "x", "scopes": ["organization.delete"]});
    let refused = world.post("/api-keys", &bob.access, beyond).await.expect_error(403, "permission_denied");
    assert_eq!(refused.text_of("/required_permission"), "organization.delete");
    for scopes in [json!(["team.*"]), json!(["*"]), json!(["no.such"]), json!("team.view"), json!([7])] {
        world.post("/api-keys", &ada.access, json!({"name": "x", "scopes": scopes})).await.expect(422);
    }
    for expires_at in ["2001-01-01T00:00:00Z", "soon", ""] {
        world.post("/api-keys", &ada.access, json!({"name": "x", "expires_at": expires_at})).await.expect(422);
    }
    for foreign in ["user_id", "owner_id", "organization_id", "created_by"] {
        let body = json!({"name": "x", foreign: bob.user});
        world.post("/api-keys", &ada.access, body).await.expect(422);
    }
    let member = world.join(&ada, "mel@example.com", "member").await;
    world.post("/api-keys", &member.access, json!({"name": "x"})).await.expect_error(403, "permission_denied");
    world.post("/api-keys", "", json!({"name": "x"})).await.expect_error(401, "token_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_ends_when_it_is_to_and_says_when_it_was_used() {
    let world = World::new().await;
    let ada = owner(&world, "acme").await;
    let until = kernel::rfc3339(world.now() + TimeDelta::minutes(3));
    let (id, text) = key(&world, &ada, json!({"name": "brief", "scopes": ["team.view"], "expires_at": until})).await;
    world.get("/team", &text).await.expect(200);
    eventually("it is told when it was used", async || {
        let listed = world.get("/api-keys", &ada.access).await.expect(200);
        let one = listed.data().iter().find(|it| it["id"] == id.as_str()).unwrap().clone();
        assert!(!listed.text.contains(&text));
        one["last_used_at"].is_string()
    })
    .await;
    // As text, and as the bytes of it: those are written in hexadecimal digits.
    let bytes: Vec<String> = text.bytes().map(|it| format!("{it:02x}")).collect();
    for stored in [text[4..].to_owned(), bytes.concat()] {
        let found = format!("SELECT count(*) FROM keys WHERE keys::text LIKE '%{stored}%'");
        assert_eq!(world.database.count(&found).await, 0);
    }
    let mut mistyped = text.clone();
    mistyped.replace_range(10..11, if &text[10..11] == "0" { "1" } else { "0" });
    world.get("/team", &mistyped).await.expect_error(401, "token_invalid");
    world.clock.advance(TimeDelta::minutes(4));
    world.get("/team", &text).await.expect_error(401, "token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_goes_on_beside_its_successor_for_the_overlap() {
    let world = World::new().await;
    let ada = owner(&world, "acme").await;
    let (id, first) = key(&world, &ada, json!({"name": "ci"})).await;
    world.get("/team", &first).await.expect(200);
    let path = format!("/api-keys/{id}/rotate");
    let second = world.post(&path, &ada.access, json!({"overlap_seconds": 120})).await.expect(200).text_of("/key");
    world.get("/team", &first).await.expect(200);
    world.get("/team", &second).await.expect(200);
    // A second one would take the first text from the programs that still use it.
    for again in [json!({"overlap_seconds": 120}), json!({})] {
        world.post(&path, &ada.access, again).await.expect_error(409, "illegal_state");
    }
    world.get("/team", &first).await.expect(200);
    world.clock.advance(TimeDelta::minutes(3));
    world.get("/team", &first).await.expect_error(401, "token_invalid");
    world.get("/team", &second).await.expect(200);
    let third = world.post(&path, &ada.access, json!({"overlap_seconds": 0})).await.expect(200).text_of("/key");
    world.get("/team", &second).await.expect_error(401, "token_invalid");
    world.get("/team", &third).await.expect(200);
    for overlap in [json!(-1), json!(99_999_999), json!("x")] {
        world.post(&path, &ada.access, json!({"overlap_seconds": overlap})).await.expect(422);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_removed_on_one_node_is_refused_on_the_other() {
    let mut world = World::new().await;
    let other = world.add_node().await;
    let ada = owner(&world, "acme").await;
    let (id, text) = key(&world, &ada, json!({"name": "ci"})).await;
    for _ in 0..20 {
        world.get("/team", &text).await.expect(200);
        world.get_at(other, "/team", &text).await.expect(200);
    }
    world.delete(&format!("/api-keys/{id}"), &ada.access).await.expect(204);
    world.get("/team", &text).await.expect_error(401, "token_invalid");
    eventually("the other node refuses it", async || world.get_at(other, "/team", &text).await.status == 401).await;
    world.delete(&format!("/api-keys/{id}"), &ada.access).await.expect_error(404, "not_found");
    let actions: Vec<Value> = world.audit(&ada).await.iter().map(|it| it["action"].clone()).collect();
    assert!(actions.contains(&json!("api_key.created")) && actions.contains(&json!("api_key.revoked")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_worth_what_its_maker_is() {
    let world = World::administered().await;
    let ada = owner(&world, "acme").await;
    let bob = world.join(&ada, "bob@example.com", "admin").await;
    let (_, text) = key(&world, &bob, json!({"name": "bobs"})).await;
    world.get("/team", &text).await.expect(200);
    let root = world.administrator().await;
    world.post(&format!("/admin/users/{}/suspend", bob.user), &root, json!({})).await.expect(204);
    world.get("/team", &text).await.expect_error(401, "token_invalid");
}
