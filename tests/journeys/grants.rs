use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::receiver::{Received, Receiver};
use crate::support::world::Person;

async fn check(world: &World, person: &Person, permission: &str) -> Value {
    let body = json!({"permission": permission});
    world.post("/permissions/check?explain=true", &person.access, body).await.expect(200).body
}

fn grant(person: &Person, permission: &str) -> String {
    format!("/team/members/{}/permissions/{permission}", person.user)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_given_and_denied_what_their_role_does_not_say() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    let given = world.put(&grant(&bob, "audit.view"), &ada.access, json!({"effect": "allow"})).await.expect(200);
    assert_eq!((&given.body["effect"], &given.body["expires_at"]), (&json!("allow"), &Value::Null));
    let answer = check(&world, &bob, "audit.view").await;
    assert_eq!((&answer["allowed"], &answer["reason"]), (&json!(true), &json!("granted")));
    assert_eq!(answer["because"], json!([{"kind": "grant", "effect": "allow"}]));
    world.get("/audit-logs", &bob.access).await.expect(200);

    world.put(&grant(&bob, "team.view"), &ada.access, json!({"effect": "deny"})).await.expect(200);
    let answer = check(&world, &bob, "team.view").await;
    assert_eq!((&answer["allowed"], &answer["reason"]), (&json!(false), &json!("denied")));
    let role = json!({"kind": "role", "role": "member", "permission": "team.view"});
    assert_eq!(answer["because"], json!([{"kind": "grant", "effect": "deny"}, role]));
    world.get("/team", &bob.access).await.expect_error(403, "permission_denied");

    let listed = world.get(&format!("/team/members/{}/permissions", bob.user), &ada.access).await.expect(200);
    let effects: Vec<_> = listed.data().iter().map(|it| (&it["permission"], &it["effect"])).collect();
    assert_eq!(effects, [(&json!("audit.view"), &json!("allow")), (&json!("team.view"), &json!("deny"))]);
    let effective = listed.body["effective"].as_array().unwrap();
    assert!(effective.contains(&json!("audit.view")) && !effective.contains(&json!("team.view")));

    let holders = world.get("/permissions/audit.view/holders", &ada.access).await.expect(200);
    let mut holders: Vec<_> = holders.data().iter().map(|it| (it["email"].clone(), it["reason"].clone())).collect();
    holders.sort_by_key(|it| it.0.to_string());
    let expected = [("acme@example.com", "held_by_role"), ("bob@example.com", "granted")];
    assert_eq!(holders, expected.map(|(email, reason)| (json!(email), json!(reason))));
    world.get("/permissions/honey.sell/holders", &ada.access).await.expect_error(404, "not_found");

    for permission in ["audit.view", "team.view"] {
        world.delete(&grant(&bob, permission), &ada.access).await.expect(204);
        world.delete(&grant(&bob, permission), &ada.access).await.expect_error(404, "not_found");
    }
    assert_eq!(check(&world, &bob, "audit.view").await["reason"], "not_granted");
    assert_eq!(check(&world, &bob, "team.view").await["reason"], "held_by_role");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_ends_by_itself() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    let end = world.now() + TimeDelta::minutes(2);
    let until = |at| json!({"effect": "allow", "expires_at": kernel::rfc3339(at)});
    world.put(&grant(&bob, "audit.view"), &ada.access, until(end)).await.expect(200);
    assert_eq!(check(&world, &bob, "audit.view").await["allowed"], true);
    world.clock.advance(TimeDelta::minutes(2));
    assert_eq!(check(&world, &bob, "audit.view").await["reason"], "not_granted");
    let past = world.put(&grant(&bob, "audit.view"), &ada.access, until(end)).await.expect(422);
    assert!(past.body["errors"]["expires_at"].is_array());
    let odd = json!({"effect": "perhaps"});
    world.put(&grant(&bob, "audit.view"), &ada.access, odd).await.expect(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_goes_with_the_membership_and_with_the_owners_role() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    world.put(&grant(&bob, "team.view"), &ada.access, json!({"effect": "deny"})).await.expect(200);
    let role = format!("/team/members/{}/role", bob.user);
    world.patch(&role, &ada.access, json!({"role": "owner"})).await.expect(200);
    assert_eq!(check(&world, &bob, "team.view").await["reason"], "held_by_role");
    let refused = world.put(&grant(&bob, "team.view"), &ada.access, json!({"effect": "deny"})).await;
    refused.expect_error(409, "illegal_state");
    world.patch(&role, &ada.access, json!({"role": "member"})).await.expect(200);

    world.put(&grant(&bob, "audit.view"), &ada.access, json!({"effect": "allow"})).await.expect(200);
    world.delete(&format!("/team/members/{}", bob.user), &ada.access).await.expect(204);
    assert_eq!(world.database.count("SELECT count(*) FROM grants").await, 0);
    world.post("/team/invite", &ada.access, json!({"email": bob.email, "role": "member"})).await.expect(201);
    let token = world.mailed_tokens(&bob.email, "invitations/accept");
    let before = token.len();
    crate::support::eventually("he is invited again", async || {
        world.mailed_tokens(&bob.email, "invitations/accept").len() > before || before == 2
    })
    .await;
    let token = world.mailed_token(&bob.email, "invitations/accept").await;
    let back = world.post("/invitations/accept", &bob.access, json!({"token": token})).await.expect(200);
    let back = Person { access: back.text_of("/access_token"), ..bob };
    assert_eq!(check(&world, &back, "audit.view").await["reason"], "not_granted");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_is_told_to_webhooks() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    let receiver = Receiver::start(&[]);
    let types = [
        "role.assigned",
        "role.removed",
        "permission.granted",
        "permission.revoked",
        "member.suspended",
        "member.reactivated",
        "member.removed",
    ];
    let endpoint = json!({"url": format!("http://127.0.0.1:{}/", receiver.port), "event_types": types});
    world.post("/webhooks", &ada.access, endpoint).await.expect(201);
    world.patch(&format!("/team/members/{}/role", bob.user), &ada.access, json!({"role": "admin"})).await.expect(200);
    world.put(&grant(&bob, "team.view"), &ada.access, json!({"effect": "deny"})).await.expect(200);
    world.delete(&grant(&bob, "team.view"), &ada.access).await.expect(204);
    for action in ["suspend", "reactivate"] {
        world.post(&format!("/team/members/{}/{action}", bob.user), &ada.access, json!({})).await.expect(204);
    }
    world.delete(&format!("/team/members/{}", bob.user), &ada.access).await.expect(204);
    crate::support::eventually("every event arrives", async || receiver.all().len() >= types.len()).await;
    let mut told: Vec<String> =
        receiver.all().iter().map(|it| it.json()["type"].as_str().unwrap_or_default().to_owned()).collect();
    told.sort();
    let mut expected = types.map(str::to_owned);
    expected.sort();
    assert_eq!(told, expected);
    let assigned = receiver.all().iter().map(Received::json).find(|it| it["type"] == "role.assigned").unwrap();
    assert_eq!(assigned["data"], json!({"user_id": bob.user, "role": "admin"}));
}
