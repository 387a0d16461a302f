use chrono::TimeDelta;
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::Person;
use crate::support::{Reply, World};

pub(super) async fn subscribed(world: &World) -> Person {
    let ada = world.sign_up("acme").await;
    let body = json!({"service": "SMS_GATEWAY", "plan": "free"});
    world.post("/subscriptions", &ada.access, body).await.expect(201);
    ada
}

pub(super) fn usage(quantity: i64, key: &str) -> Value {
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
    assert_eq!(world.database.count("SELECT used FROM meters").await, 100);
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
    assert_eq!(world.database.count("SELECT used FROM meters").await, 7);
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
    assert_eq!(world.database.count("SELECT coalesce(sum(used), 0) FROM meters").await, 0);
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

#[tokio::test(flavor = "multi_thread")]
async fn crossing_eighty_percent_under_many_writers_on_two_nodes_announces_once() {
    let mut world = World::new().await;
    let node = world.add_node().await;
    let ada = subscribed(&world).await;
    let path = "/entitlements/SMS_GATEWAY/usage";
    world.post(path, &ada.access, usage(64, "first")).await.expect(200);
    let writers = (0..32).map(|i| {
        let (world, ada) = (&world, &ada);
        async move { world.post_at(i % 2 * node, path, &ada.access, usage(1, &format!("k{i}"))).await.expect(200) }
    });
    join_all(writers).await;
    let announced = "SELECT count(*) FROM events WHERE kind = 'entitlement.threshold_reached'";
    assert_eq!(world.database.count(announced).await, 1);
    world.post(path, &ada.access, usage(4, "last")).await.expect(200);
    assert_eq!(world.database.count(announced).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_has_a_result_for_each_of_its_events() {
    let world = World::new().await;
    let ada = subscribed(&world).await;
    world.post("/subscriptions", &ada.access, json!({"service": "HOSTING", "plan": "premium"})).await.expect(201);
    let event = |service: &str, meter: &str, quantity: i64, key: &str| json!({"service": service, "meter": meter, "quantity": quantity, "idempotency_key": key});
    let mut events = vec![
        event("SMS_GATEWAY", "messages", 60, "a"),
        event("SMS_GATEWAY", "messages", 60, "b"),
        event("HOSTING", "bandwidth_gb", 60, "a"),
        event("SMS_GATEWAY", "messages", 60, "a"),
        event("SMS_GATEWAY", "messages", 61, "a"),
        event("SMS_GATEWAY", "faxes", 1, "c"),
        event("PBX_CALL_CENTER", "minutes", 1, "c"),
        event("HONEY", "jars", 1, "c"),
        event("SMS_GATEWAY", "messages", 0, "d"),
    ];
    events[2]["at"] = json!(kernel::rfc3339(world.now() - TimeDelta::hours(2)));
    let reply = world.post("/usage/batch", &ada.access, json!({"events": events})).await.expect(200);
    let results = reply.body["results"].as_array().unwrap();
    let told: Vec<_> = results
        .iter()
        .map(|it| (it["accepted"].as_bool(), it["used"].as_i64(), it["error"]["type"].as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (Some(true), Some(60), None),
            (Some(false), Some(60), Some("quota_exceeded")),
            (Some(true), Some(60), None),
            (Some(true), Some(60), None),
            (None, None, Some("idempotency_key_reused")),
            (None, None, Some("invalid")),
            (None, None, Some("not_entitled")),
            (None, None, Some("not_found")),
            (None, None, Some("invalid")),
        ]
    );
    assert!(results.iter().enumerate().all(|(i, it)| it["index"] == i), "{}", reply.text);
    let many: Vec<Value> = (0..51).map(|i| event("SMS_GATEWAY", "messages", 1, &format!("m{i}"))).collect();
    world.post("/usage/batch", &ada.access, json!({"events": many})).await.expect(422);
    world.post("/usage/batch", &ada.access, json!({"events": []})).await.expect(422);
    let mut bad = event("SMS_GATEWAY", "messages", 1, "x");
    bad["at"] = json!("yesterday");
    let reply = world.post("/usage/batch", &ada.access, json!({"events": [bad]})).await.expect(422);
    assert!(reply.body["errors"]["events.0.at"].is_array(), "{}", reply.text);

    let history = world.get("/entitlements/HOSTING/usage?granularity=hour", &ada.access).await.expect(200);
    assert_eq!((&history.data()[0]["used"], &history.data()[0]["meter"]), (&json!(60), &json!("bandwidth_gb")));
    assert!(history.text_of("/data/0/start") < kernel::rfc3339(world.now() - TimeDelta::hours(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_is_asked_by_span_and_granularity() {
    let world = World::new().await;
    let ada = subscribed(&world).await;
    let path = "/entitlements/SMS_GATEWAY/usage";
    world.post(path, &ada.access, usage(3, "a")).await.expect(200);
    world.clock.advance(TimeDelta::days(1));
    let ada = world.log_in(&ada.email).await.expect(200).text_of("/access_token");
    world.post(path, &ada, usage(4, "b")).await.expect(200);
    for (granularity, used) in [("hour", vec![3, 4]), ("day", vec![3, 4])] {
        let found = world.get(&format!("{path}?granularity={granularity}"), &ada).await.expect(200);
        assert_eq!(
            found.data().iter().map(|it| it["used"].as_i64().unwrap()).collect::<Vec<_>>(),
            used,
            "{granularity}"
        );
    }
    let to = kernel::rfc3339(world.now() - TimeDelta::days(1));
    assert_eq!(world.get(&format!("{path}?to={to}&granularity=day"), &ada).await.expect(200).data().len(), 1);
    for (query, field) in [
        ("granularity=week", "granularity"),
        ("from=soon", "from"),
        ("from=2026-01-01T00:00:00Z&to=2025-01-01T00:00:00Z", "from"),
        ("from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z&granularity=hour", "from"),
    ] {
        let bad = world.get(&format!("{path}?{query}"), &ada).await.expect(422);
        assert!(bad.body["errors"][field].is_array(), "{query}: {}", bad.text);
    }
    world.get("/entitlements/HONEY/usage", &ada).await.expect_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_counted_is_taken_back_by_platform_administrators_alone() {
    let world = World::administered().await;
    let (root, ada) = (world.administrator().await, subscribed(&world).await);
    world.post("/entitlements/SMS_GATEWAY/usage", &ada.access, usage(90, "k")).await.expect(200);
    let correction = |quantity: i64| json!({"meter": "messages", "quantity": quantity, "idempotency_key": "ticket", "reason": "Counted twice"});
    let path = "/entitlements/SMS_GATEWAY/corrections";
    world.post(path, &ada.access, correction(-5)).await.expect_error(403, "permission_denied");
    let correct = async |tenant: &str, body: Value| {
        let request = world.request(Method::POST, path).bearer_auth(&root).header("X-Tenant", tenant).json(&body);
        Reply::of(request.send().await.unwrap()).await
    };
    let taken = correct("acme", correction(-15)).await.expect(200);
    assert_eq!((&taken.body["used"], &taken.body["remaining"]), (&json!(75), &json!(25)));
    assert_eq!(correct("acme", correction(-15)).await.expect(200).body, taken.body);
    correct("acme", correction(-16)).await.expect_error(422, "idempotency_key_reused");
    correct("nowhere", correction(-15)).await.expect_error(404, "not_found");
    for quantity in [0, 5, -76] {
        let mut body = correction(quantity);
        body["idempotency_key"] = json!("another");
        assert!(correct("acme", body).await.expect(422).body["errors"]["quantity"].is_array());
    }
    let entries = world.audit(&ada).await;
    let entry = entries.iter().find(|it| it["action"] == "entitlement.corrected").expect("an entry");
    assert!(entry.to_string().contains("Counted twice"), "{entry}");
    assert_eq!(world.database.count("SELECT sum(used) FROM usage_hours").await, 75);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_in_one_call_and_everything_in_one_question() {
    let world = World::new().await;
    let ada = subscribed(&world).await;
    let cyd = world.join(&ada, "cyd@example.com", "member").await;
    world.post("/subscriptions", &ada.access, json!({"service": "HOSTING", "plan": "free"})).await.expect(201);
    world.post("/entitlements/SMS_GATEWAY/usage", &cyd.access, usage(96, "k")).await.expect(200);
    let all = world.get("/entitlements", &cyd.access).await.expect(200);
    let told: Vec<_> = all
        .data()
        .iter()
        .map(|it| {
            (
                it["service"].as_str().unwrap(),
                it["entitled"].as_bool().unwrap(),
                it["features"][0]["remaining"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("SMS_GATEWAY", true, 4), ("HOSTING", true, 100)]);

    let check = async |quantity: i64| {
        let body = json!({"feature": "messages", "quantity": quantity});
        world.post("/entitlements/SMS_GATEWAY/check", &cyd.access, body).await.expect(200).body
    };
    assert_eq!((check(4).await["allowed"].clone(), check(4).await["remaining"].clone()), (json!(true), json!(4)));
    assert_eq!(
        (check(5).await["allowed"].clone(), check(5).await["reason"].clone()),
        (json!(false), json!("quota_exceeded"))
    );

    let decide = async |body: Value| world.post("/decisions", &cyd.access, body).await;
    let of = async |permission: &str, quantity: i64| {
        let body =
            json!({"permission": permission, "service": "SMS_GATEWAY", "feature": "messages", "quantity": quantity});
        let reply = decide(body).await.expect(200);
        let texts = ["denied_by", "reason"].map(|it| reply.body[it].as_str().map(str::to_owned));
        (reply.body["allowed"].as_bool().unwrap(), texts, reply.body["resets_at"].is_string())
    };
    let no = |by: &str, why: &str| [Some(by.to_owned()), Some(why.to_owned())];
    assert_eq!(of("entitlements.consume", 4).await, (true, [None, None], true));
    assert_eq!(of("entitlements.consume", 5).await, (false, no("quota", "quota_exceeded"), true));
    assert_eq!(of("team.invite", 4).await, (false, no("permission", "not_granted"), true));
    let none = decide(json!({"service": "PBX_CALL_CENTER"})).await.expect(200);
    assert_eq!((&none.body["denied_by"], &none.body["reason"]), (&json!("entitlement"), &json!("not_entitled")));
    assert_eq!(decide(json!({"permission": "team.view"})).await.expect(200).body["allowed"], true);
    for bad in [
        json!({}),
        json!({"feature": "messages"}),
        json!({"permission": "team"}),
        json!({"service": "SMS_GATEWAY", "feature": "messages", "quantity": 0}),
    ] {
        decide(bad).await.expect(422);
    }
    decide(json!({"service": "HONEY"})).await.expect_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lacks_the_permission_is_refused_at_every_door() {
    let world = World::new().await;
    let ada = subscribed(&world).await;
    world.verify_email(&ada.email).await;
    let body = json!({"name": "blind", "scopes": ["team.view"]});
    let key = world.post("/api-keys", &ada.access, body).await.expect(201).text_of("/key");
    let sms = "/entitlements/SMS_GATEWAY";
    for (path, body, permission) in [
        (format!("{sms}/usage"), usage(1, "k"), "entitlements.consume"),
        (format!("{sms}/reservations"), json!({"meter": "messages", "quantity": 1}), "entitlements.consume"),
        ("/usage/batch".to_owned(), json!({"events": []}), "entitlements.consume"),
        (format!("{sms}/check"), json!({"feature": "messages"}), "entitlements.view"),
        ("/decisions".to_owned(), json!({"service": "SMS_GATEWAY"}), "entitlements.view"),
    ] {
        let refused = world.post(&path, &key, body).await.expect_error(403, "permission_denied");
        assert_eq!(refused.body["required_permission"], permission, "{path}");
    }
    for path in ["/entitlements".to_owned(), sms.to_owned(), format!("{sms}/usage")] {
        world.get(&path, &key).await.expect_error(403, "permission_denied");
    }
    assert_eq!(world.database.count("SELECT count(*) FROM meters").await, 0);
}
