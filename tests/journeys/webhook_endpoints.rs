use serde_json::{Value, json};

use crate::support::receiver::Receiver;
use crate::support::world::Person;
use crate::support::{World, eventually};

async fn made(world: &World, by: &Person, body: Value) -> Value {
    world.post("/webhooks", &by.access, body).await.expect(201).body
}

fn path(hook: &Value) -> String {
    format!("/webhooks/{}", hook["id"].as_str().expect("an endpoint has an id"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_made_looked_at_changed_and_removed() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let all = json!({
        "url": "https://93.184.216.34/in",
        "event_types": ["member.added", "member.removed"],
        "description": "Ours",
        "filters": {"member": {"role": "admin"}},
        "headers": {"Authorization": "Bearer canary", "X-Two": "2"},
    });
    let mut hook = made(&world, &ada, all).await;
    let secret = hook.as_object_mut().unwrap().remove("secret").unwrap();
    assert!(secret.as_str().is_some_and(|it| it.starts_with("whsec_")), "{secret}");
    assert_eq!(hook["headers"], json!(["authorization", "x-two"]));
    assert_eq!(
        (&hook["signature"], &hook["public_key"], &hook["status"]),
        (&json!("v1"), &json!(null), &json!("enabled"))
    );
    let second = made(&world, &ada, json!({"url": "https://93.184.216.34/", "event_types": ["user.created"]})).await;

    let found = world.get(&path(&hook), &ada.access).await.expect(200);
    assert_eq!(found.body, hook, "without its secret");
    let list = world.get("/webhooks", &ada.access).await.expect(200);
    assert_eq!(list.data().iter().map(|it| &it["id"]).collect::<Vec<_>>(), [&second["id"], &hook["id"]]);
    assert!(!list.text.contains("whsec_") && !list.text.contains("canary"));
    let page = world.get("/webhooks?limit=1", &ada.access).await.expect(200);
    let next = world.get(&format!("/webhooks?limit=1&cursor={}", page.text_of("/next_cursor")), &ada.access).await;
    assert_eq!(next.expect(200).data(), &vec![hook.clone()]);

    let patch = async |body: Value| world.patch(&path(&hook), &ada.access, body).await;
    assert_eq!(patch(json!({})).await.expect(200).body, hook, "what is absent stays");
    let next =
        patch(json!({"url": "https://93.184.216.34/new", "event_types": ["user.updated"]})).await.expect(200).body;
    assert_eq!((&next["url"], &next["event_types"]), (&json!("https://93.184.216.34/new"), &json!(["user.updated"])));
    assert_eq!((&next["description"], &next["filters"]), (&hook["description"], &hook["filters"]));
    let next = patch(json!({"description": null, "filters": null, "headers": null})).await.expect(200).body;
    assert_eq!((&next["description"], &next["filters"], &next["headers"]), (&json!(null), &json!({}), &json!([])));
    assert_eq!(patch(json!({"headers": {"X-Three": "3"}})).await.expect(200).body["headers"], json!(["x-three"]));
    assert_eq!(patch(json!({"status": "disabled"})).await.expect(200).body["status"], "disabled");

    for (body, field) in [
        (json!({"url": null}), "url"),
        (json!({"event_types": []}), "event_types"),
        (json!({"event_types": ["honey.poured"]}), "event_types"),
        (json!({"description": 5}), "description"),
        (json!({"filters": {"a": ["b"]}}), "filters"),
        (json!({"headers": {"Host": "x"}}), "headers"),
        (json!({"headers": {"X\r\nY": "x"}}), "headers"),
        (json!({"headers": {"X": "a\r\nb: c"}}), "headers"),
        (json!({"headers": {"X": 5}}), "headers.X"),
        (json!({"status": "gone"}), "status"),
        (json!({"status": null}), "status"),
        (json!({"secret": "whsec_AAAA"}), "secret"),
        (json!({"signature": "v1a"}), "signature"),
    ] {
        let reply = patch(body.clone()).await.expect(422);
        assert!(reply.body["errors"][field].is_array(), "{body}: {}", reply.text);
    }
    let own = json!({"url": "https://93.184.216.34/", "event_types": ["user.created"], "secret": ""});
    world.post("/webhooks", &ada.access, own).await.expect(422);

    world.delete(&path(&hook), &ada.access).await.expect(204);
    world.get(&path(&hook), &ada.access).await.expect_error(404, "not_found");
    world.delete(&path(&hook), &ada.access).await.expect_error(404, "not_found");
    let actions: Vec<Value> = world.audit(&ada).await.into_iter().map(|it| it["action"].clone()).collect();
    for action in ["webhook.created", "webhook.updated", "webhook.deleted"] {
        assert!(actions.contains(&json!(action)), "{action}");
    }
    let dump = "SELECT count(*) FROM audit_entries WHERE public::text ~ 'canary|whsec_|/in|/new|Ours'";
    assert_eq!(world.database.count(dump).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_manage_webhooks_does_not_see_them() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let hook = made(&world, &ada, json!({"url": "https://93.184.216.34/", "event_types": ["user.created"]})).await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    let eve = world.join(&ada, "eve@example.com", "admin").await;
    for seen in ["/webhooks", &path(&hook), "/webhooks/event-types", &format!("{}/deliveries", path(&hook))] {
        let refused = world.get(seen, &bob.access).await.expect_error(403, "permission_denied");
        assert_eq!(refused.text_of("/required_permission"), "webhooks.view");
        world.get(seen, &eve.access).await.expect(200);
    }
    let refused = world.post(&format!("{}/test", path(&hook)), &bob.access, json!({})).await;
    assert_eq!(refused.expect(403).text_of("/required_permission"), "webhooks.manage");
    let types = world.get("/webhooks/event-types", &eve.access).await.expect(200);
    let types: Vec<&str> = types.data().iter().filter_map(|it| it["type"].as_str()).collect();
    assert_eq!(types, accounts::event_types());
}

/// The list of security.md, section 6.2.
const TARGETS: &str = include_str!("../../crates/webhooks/src/model/url/targets.txt");

#[tokio::test(flavor = "multi_thread")]
async fn wh_01_private_and_odd_targets_are_refused_at_every_door() {
    let world = World::with(|config| config.webhook_allow_hosts.clear()).await;
    let ada = world.sign_up("acme").await;
    let good = made(&world, &ada, json!({"url": "https://93.184.216.34/", "event_types": ["user.created"]})).await;
    let secure = TARGETS.lines().filter(|it| it.starts_with("http://")).map(|it| it.replace("http://", "https://"));
    let odd = ["http://example.com/", "https://example.com/%0d%0aX:1", "https://localhost:8443/"];
    let all: Vec<String> = TARGETS.lines().chain(odd).map(str::to_owned).chain(secure).collect();
    assert!(all.len() > 80, "the list was not found");
    for url in &all {
        let body = json!({"url": url, "event_types": ["user.created"]});
        let reply = world.post("/webhooks", &ada.access, body).await.expect(422);
        assert!(reply.body["errors"]["url"].is_array(), "{url}");
        let reply = world.patch(&path(&good), &ada.access, json!({"url": url})).await.expect(422);
        assert!(reply.body["errors"]["url"].is_array(), "{url}");
    }
    assert_eq!(world.database.count("SELECT count(*) FROM webhook_endpoints").await, 1);
    // One that was let through once is not for ever.
    for url in &all {
        let is_read = reqwest::Url::parse(url).is_ok();
        let url = url.replace('\'', "''");
        world.database.execute(&format!("UPDATE webhook_endpoints SET url = '{url}'")).await;
        let test = world.post(&format!("{}/test", path(&good)), &ada.access, json!({})).await;
        assert_eq!(test.status, if is_read { 422 } else { 500 }, "{url}: {}", test.text);
    }
    assert_eq!(world.database.count("SELECT count(*) FROM webhook_deliveries").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn custom_headers_arrive_and_an_asymmetric_secret_is_never_shown() {
    let world = World::new().await;
    let receiver = Receiver::start(&[]);
    let ada = world.sign_up("acme").await;
    let body = json!({
        "url": receiver.url(), "event_types": ["member.added"], "signature": "v1a", "headers": {"X-Key": "canary"},
    });
    let hook = made(&world, &ada, body).await;
    assert_eq!((&hook["secret"], &hook["signature"]), (&json!(null), &json!("v1a")));
    let first = hook["public_key"].as_str().filter(|it| it.starts_with("whpk_")).unwrap().to_owned();
    world.post(&format!("{}/test", path(&hook)), &ada.access, json!({})).await.expect(201);
    let arrived = receiver.until(|all| all.len() == 1).await.remove(0);
    assert_eq!(arrived.header("x-key"), "canary");
    assert!(arrived.header("webhook-signature").starts_with("v1a,"));

    let rotated = world.post(&format!("{}/rotate-secret", path(&hook)), &ada.access, json!({})).await.expect(200);
    assert_ne!(rotated.text_of("/public_key"), first);
    assert_eq!(rotated.body["secret"], json!(null));
    world.post(&format!("{}/test", path(&hook)), &ada.access, json!({})).await.expect(201);
    let arrived = receiver.until(|all| all.len() == 2).await.remove(1);
    assert_eq!(arrived.header("webhook-signature").split(' ').filter(|it| it.starts_with("v1a,")).count(), 2);
    receiver.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_replaced_secrets_sign_at_a_time() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let hook = made(&world, &ada, json!({"url": "https://93.184.216.34/", "event_types": ["user.created"]})).await;
    let rotate = format!("{}/rotate-secret", path(&hook));
    for _ in 0..4 {
        world.post(&rotate, &ada.access, json!({})).await.expect(200);
    }
    let refused = world.post(&rotate, &ada.access, json!({})).await.expect_error(409, "too_many_secrets");
    assert!(refused.text.contains("secrets"), "{}", refused.text);
    world.clock.advance(chrono::TimeDelta::hours(24));
    let ada = world.log_in(&ada.email).await.expect(200).text_of("/access_token");
    world.post(&rotate, &ada, json!({})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_has_a_hundred_endpoints_and_no_more() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let body = json!({"url": "https://93.184.216.34/", "event_types": ["user.created"]});
    let first = made(&world, &ada, body.clone()).await;
    let copies = "CREATE TEMPORARY TABLE copies AS SELECT e.* FROM webhook_endpoints e, generate_series(1, 98);
        UPDATE copies SET id = gen_random_uuid();
        INSERT INTO webhook_endpoints SELECT * FROM copies";
    world.database.execute(copies).await;
    made(&world, &ada, body.clone()).await;
    let refused = world.post("/webhooks", &ada.access, body.clone()).await.expect_error(409, "too_many");
    assert!(refused.text.contains("remove one first"), "{}", refused.text);
    let count = "SELECT count(*) FROM webhook_endpoints";
    assert_eq!(world.database.count(count).await, 100);

    let eve = world.sign_up("other").await;
    made(&world, &eve, body.clone()).await;
    world.delete(&path(&first), &ada.access).await.expect(204);
    made(&world, &ada, body.clone()).await;
    world.post("/webhooks", &ada.access, body).await.expect_error(409, "too_many");
    assert_eq!(world.database.count(count).await, 101);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_choose_among_events() {
    let world = World::new().await;
    let receiver = Receiver::start(&[]);
    let ada = world.sign_up("acme").await;
    let wants = json!({"invitation": {"role": "admin"}});
    made(&world, &ada, json!({"url": receiver.url(), "event_types": ["invitation.created"], "filters": wants})).await;
    for (email, role) in [("a@example.com", "member"), ("b@example.com", "admin")] {
        world.post("/team/invite", &ada.access, json!({"email": email, "role": role})).await.expect(201);
    }
    let relayed = "SELECT count(*) FROM events WHERE relayed_at IS NULL";
    eventually("both are looked at", async || world.database.count(relayed).await == 0).await;
    let arrived = receiver.until(|all| !all.is_empty()).await;
    assert_eq!(
        arrived.iter().map(|it| it.json()["data"]["invitation"]["email"].clone()).collect::<Vec<_>>(),
        ["b@example.com"]
    );
    assert_eq!(world.database.count("SELECT count(*) FROM webhook_deliveries").await, 1);
    receiver.stop().await;
}
