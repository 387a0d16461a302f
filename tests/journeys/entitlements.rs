use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::world::Person;

async fn subscribed(world: &World) -> Person {
    let ada = world.sign_up("acme").await;
    let body = json!({"service": "SMS_GATEWAY", "plan": "free"});
    world.post("/subscriptions", &ada.access, body).await.expect(201);
    ada
}

fn usage(quantity: i64, key: &str) -> Value {
    json!({"meter": "messages", "quantity": quantity, "idempotency_key": key})
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_holds_the_seven_services() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let services = world.get("/services", &ada.access).await.expect(200);
    let codes: Vec<&str> = services.data().iter().filter_map(|it| it["code"].as_str()).collect();
    let seed = [
        "PAYMENT_GATEWAY",
        "SMS_GATEWAY",
        "LINK_SHORTENER",
        "PBX_CALL_CENTER",
        "HOSTING",
        "NATIONAL_ISP",
        "CERTIFICATION_BADGE",
    ];
    assert_eq!(codes, seed);
    world.get("/services", "").await.expect_error(401, "token_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn subscribing_and_looking_up() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let none = world.get("/entitlements/SMS_GATEWAY", &ada.access).await.expect(200);
    assert_eq!(none.body["entitled"], false);
    let body = json!({"service": "SMS_GATEWAY", "plan": "free"});
    let reply = world.post("/subscriptions", &ada.access, body.clone()).await.expect(201);
    assert_eq!(reply.body["service"], "SMS_GATEWAY");
    assert_eq!(reply.body["status"], "active");
    assert!(reply.text_of("/current_period_start") < reply.text_of("/current_period_end"));
    world.post("/subscriptions", &ada.access, body).await.expect_error(409, "already_subscribed");

    let found = world.get("/entitlements/SMS_GATEWAY", &ada.access).await.expect(200);
    assert_eq!(found.body["plan"], "free");
    assert_eq!(found.body["entitled"], true);
    let feature = &found.body["features"][0];
    assert_eq!(feature["key"], "messages");
    assert_eq!(feature["kind"], "meter");
    assert_eq!(
        (feature["limit"].as_i64(), feature["used"].as_i64(), feature["remaining"].as_i64()),
        (Some(100), Some(0), Some(100))
    );
    assert_eq!(feature["limit_kind"], "hard");
    assert!(feature["resets_at"].is_string());

    world.get("/entitlements/HONEY", &ada.access).await.expect_error(404, "not_found");
    world.post("/subscriptions", &ada.access, json!({"service": "HONEY", "plan": "free"})).await.expect(422);
    world.post("/subscriptions", &ada.access, json!({"service": "HOSTING", "plan": "gold"})).await.expect(422);
    let trial = json!({"service": "HOSTING", "plan": "free", "trial_days": 14});
    assert_eq!(world.post("/subscriptions", &ada.access, trial).await.expect(201).body["status"], "trialing");
}

#[tokio::test(flavor = "multi_thread")]
async fn members_consume_and_only_managers_subscribe() {
    let world = World::new().await;
    let ada = subscribed(&world).await;
    let cyd = world.join(&ada, "cyd@example.com", "member").await;
    let body = json!({"service": "HOSTING", "plan": "free"});
    let refused = world.post("/subscriptions", &cyd.access, body).await.expect_error(403, "permission_denied");
    assert_eq!(refused.body["required_permission"], "entitlements.manage");
    let reply = world.post("/entitlements/SMS_GATEWAY/usage", &cyd.access, usage(3, "one")).await.expect(200);
    assert_eq!(reply.body["accepted"], true);
    assert_eq!((reply.body["used"].as_i64(), reply.body["remaining"].as_i64()), (Some(3), Some(97)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hard_quota_is_exact_under_any_concurrency_on_two_nodes() {
    let mut world = World::new().await;
    let node = world.add_node().await;
    let ada = subscribed(&world).await;
    let path = "/entitlements/SMS_GATEWAY/usage";
    let tries =
        (0..160).map(|i| {
            let (world, ada) = (&world, &ada);
            async move {
                world.post_at(if i % 2 == 0 { 0 } else { node }, path, &ada.access, usage(1, &format!("k{i}"))).await
            }
        });
    let replies = join_all(tries).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 100);
    for refused in replies.iter().filter(|reply| reply.status != 200) {
        assert_eq!(refused.status, 429);
        assert_eq!(refused.body["code"], "QUOTA_EXCEEDED");
        assert_eq!(refused.body["accepted"], false);
        assert!(refused.headers.contains_key("retry-after"));
    }
    assert_eq!(world.database.count("SELECT used FROM meter_usage").await, 100);
    let found = world.get("/entitlements/SMS_GATEWAY", &ada.access).await.expect(200);
    assert_eq!(found.body["features"][0]["remaining"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_counts_once() {
    let world = World::new().await;
    let ada = subscribed(&world).await;
    let path = "/entitlements/SMS_GATEWAY/usage";
    let replies = join_all((0..50).map(|_| world.post(path, &ada.access, usage(7, "same")))).await;
    assert!(replies.iter().all(|reply| reply.status == 200 && reply.body == replies[0].body), "{replies:#?}");
    assert_eq!(world.database.count("SELECT used FROM meter_usage").await, 7);
    world.post(path, &ada.access, usage(8, "same")).await.expect_error(422, "idempotency_key_reused");
    world.post(path, &ada.access, usage(94, "more")).await.expect(429);
    let after_refusal = world.post(path, &ada.access, usage(93, "more")).await.expect(200);
    assert_eq!(after_refusal.body["used"], 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_are_sane() {
    let world = World::new().await;
    let ada = subscribed(&world).await;
    let path = "/entitlements/SMS_GATEWAY/usage";
    for quantity in [json!(0), json!(-1), json!(1.5), json!(i64::MAX), json!(1e19), json!("1"), Value::Null] {
        let body = json!({"meter": "messages", "quantity": quantity, "idempotency_key": "k"});
        let reply = world.post(path, &ada.access, body).await.expect(422);
        assert!(reply.body["errors"]["quantity"].is_array(), "{quantity}: {}", reply.text);
    }
    let meter = json!({"meter": "honey", "quantity": 1, "idempotency_key": "k"});
    assert!(world.post(path, &ada.access, meter).await.expect(422).body["errors"]["meter"].is_array());
    world.post("/entitlements/HOSTING/usage", &ada.access, usage(1, "k")).await.expect_error(403, "not_entitled");
    assert_eq!(world.database.count("SELECT coalesce(sum(used), 0) FROM meter_usage").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn organizations_do_not_share_keys_or_quotas() {
    let world = World::new().await;
    let ada = subscribed(&world).await;
    let eve = world.sign_up("other").await;
    world.post("/subscriptions", &eve.access, json!({"service": "SMS_GATEWAY", "plan": "free"})).await.expect(201);
    let path = "/entitlements/SMS_GATEWAY/usage";
    world.post(path, &ada.access, usage(100, "k")).await.expect(200);
    let other = world.post(path, &eve.access, usage(1, "k")).await.expect(200);
    assert_eq!(other.body["used"], 1);
}
