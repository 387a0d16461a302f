use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Reply, World, eventually};

fn meter(limit: i64) -> Value {
    json!({"key": "messages", "kind": "meter", "limit": limit, "period": "month", "limit_kind": "hard", "rollover": 0})
}

fn plan(name: &str, features: &[Value]) -> Value {
    json!({"name": name, "features": features})
}

async fn set(world: &World, root: &str, plan: &str, body: Value) -> Reply {
    world.put(&format!("/admin/services/SMS_GATEWAY/plans/{plan}"), root, body).await
}

/// The limit on messages that an organization has now.
async fn limit(world: &World, access: &str) -> Value {
    let found = world.get("/entitlements/SMS_GATEWAY", access).await.expect(200);
    found.body["features"][0]["limit"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_made_with_its_plans_and_subscribed_to() {
    let world = World::administered().await;
    let (root, ada) = (world.administrator().await, world.sign_up("acme").await);
    let body = json!({"code": "FAX_GATEWAY", "name": "Fax gateway", "description": "Send faxes"});
    let made = world.post("/admin/services", &root, body.clone()).await.expect(201);
    assert_eq!((made.text_of("/code"), made.body["plans"].clone()), ("FAX_GATEWAY".to_owned(), json!([])));
    world.post("/admin/services", &root, body).await.expect_error(409, "service_taken");
    let features = [
        json!({"key": "pages", "kind": "meter", "limit": 10, "period": "day", "limit_kind": "soft", "rollover": 5}),
        json!({"key": "colour", "kind": "boolean", "value": true}),
        json!({"key": "region", "kind": "value", "value": "eu"}),
    ];
    let path = "/admin/services/FAX_GATEWAY/plans/basic";
    let set = world.put(path, &root, plan("Basic", &features)).await.expect(200);
    assert_eq!((set.body["version"].clone(), set.body["features"].clone()), (json!(1), json!(features)));

    let shown = world.get("/services/FAX_GATEWAY", &ada.access).await.expect(200);
    assert_eq!(shown.body["plans"][0], set.body);
    assert_eq!(world.get("/services/FAX_GATEWAY/plans", &ada.access).await.expect(200).data()[0], set.body);
    let body = json!({"service": "FAX_GATEWAY", "plan": "basic"});
    world.post("/subscriptions", &ada.access, body).await.expect(201);
    let found = world.get("/entitlements/FAX_GATEWAY", &ada.access).await.expect(200);
    assert_eq!(found.body["features"].as_array().map(Vec::len), Some(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_of_a_plan_waits_until_a_subscription_renews_or_moves() {
    let world = World::administered().await;
    let (root, ada, eve) = (world.administrator().await, world.sign_up("acme").await, world.sign_up("other").await);
    let body = json!({"service": "SMS_GATEWAY", "plan": "free"});
    let subscription = world.post("/subscriptions", &ada.access, body.clone()).await.expect(201);
    set(&world, &root, "free", plan("Free", &[meter(7)])).await.expect(200);
    assert_eq!(limit(&world, &ada.access).await, 100, "it has what it subscribed to");
    world.post("/subscriptions", &eve.access, body).await.expect(201);
    assert_eq!(limit(&world, &eve.access).await, 7);

    // A name is no other version.
    let renamed = set(&world, &root, "free", plan("For nothing", &[meter(7)])).await.expect(200);
    assert_eq!((renamed.body["version"].clone(), renamed.body["name"].clone()), (json!(2), json!("For nothing")));
    let path = "/admin/services/SMS_GATEWAY/plans/free/versions";
    let versions = world.get(path, &root).await.expect(200);
    let told: Vec<_> = versions.data().iter().map(|it| (&it["version"], &it["features"][0]["limit"])).collect();
    assert_eq!(told, [(&json!(2), &json!(7)), (&json!(1), &json!(100))]);
    world.get("/admin/services/SMS_GATEWAY/plans/none/versions", &root).await.expect_error(404, "not_found");

    // Somebody moves to it ...
    let path = format!("/subscriptions/{}", subscription.text_of("/id"));
    let moved = world.patch(&path, &eve.access, json!({"plan": "free"})).await;
    moved.expect_error(404, "not_found");
    set(&world, &root, "free", plan("Free", &[meter(9)])).await.expect(200);
    let moved = world.patch(&path, &ada.access, json!({"plan": "free"})).await.expect(200);
    assert_eq!(moved.body["plan_version"], 3);
    assert_eq!(limit(&world, &ada.access).await, 9);
    // ... and somebody's period ends.
    assert_eq!(limit(&world, &eve.access).await, 7);
    world.clock.advance(TimeDelta::days(32));
    let eve = world.log_in(&eve.email).await.expect(200).text_of("/access_token");
    assert_eq!(limit(&world, &eve).await, 9, "whether the worker was there or not");
    eventually("both renewals are written", async || {
        let sql = "SELECT count(*) FROM subscriptions WHERE plan_version = 3";
        world.database.count(sql).await == 2
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_retired_is_kept_by_who_has_it_and_taken_by_nobody() {
    let world = World::administered().await;
    let (root, ada, eve) = (world.administrator().await, world.sign_up("acme").await, world.sign_up("other").await);
    let body = json!({"service": "SMS_GATEWAY", "plan": "free"});
    let subscription = world.post("/subscriptions", &ada.access, body.clone()).await.expect(201);
    let path = format!("/subscriptions/{}", subscription.text_of("/id"));
    let mut retired = plan("Free", &[meter(100)]);
    retired["retired"] = json!(true);
    let retired = set(&world, &root, "free", retired).await.expect(200);
    assert!(retired.body["retired_at"].is_string());
    let refused = world.post("/subscriptions", &eve.access, body.clone()).await.expect(422);
    assert_eq!(refused.body["errors"]["plan"], json!(["The plan can't be subscribed to any more."]));
    let plans = world.get("/services/SMS_GATEWAY/plans", &eve.access).await.expect(200);
    assert_eq!(plans.data().iter().map(|it| it["key"].clone()).collect::<Vec<_>>(), ["standard", "premium"]);
    assert_eq!(limit(&world, &ada.access).await, 100);

    let retire = |retired: bool| json!({"retired": retired});
    world.patch("/admin/services/SMS_GATEWAY", &root, retire(true)).await.expect(200);
    world.get("/services/SMS_GATEWAY", &eve.access).await.expect_error(404, "not_found");
    assert_eq!(world.get("/services", &eve.access).await.expect(200).data().len(), 6);
    assert_eq!(world.get("/admin/services", &root).await.expect(200).data().len(), 7);
    let standard = json!({"service": "SMS_GATEWAY", "plan": "standard"});
    let refused = world.post("/subscriptions", &eve.access, standard.clone()).await.expect(422);
    assert_eq!(refused.body["errors"]["service"], json!(["The service can't be subscribed to any more."]));
    world.patch(&path, &ada.access, json!({"plan": "standard"})).await.expect(422);
    assert_eq!(limit(&world, &ada.access).await, 100, "who has it keeps it");
    world.patch("/admin/services/SMS_GATEWAY", &root, retire(false)).await.expect(200);
    world.post("/subscriptions", &eve.access, standard).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_a_rule_of_the_catalogue_is_named() {
    let world = World::administered().await;
    let (root, ada) = (world.administrator().await, world.sign_up("acme").await);
    let named = |reply: &Reply| -> Vec<String> {
        reply.body["errors"].as_object().unwrap_or_else(|| panic!("{}", reply.text)).keys().cloned().collect()
    };
    for (body, field) in [
        (json!({"code": "fax", "name": "Fax"}), "code"),
        (json!({"code": "FAX", "name": ""}), "name"),
        (json!({"code": "FAX", "name": "Fax", "description": "d".repeat(501)}), "description"),
        (json!({"code": "FAX", "name": "Fax", "x": 1}), "x"),
    ] {
        assert_eq!(named(&world.post("/admin/services", &root, body).await.expect(422)), [field]);
    }
    let bad = |key: &str, value: Value| {
        let mut feature = meter(1);
        feature[key] = value;
        plan("P", &[json!({"key": "sso", "kind": "boolean", "value": true}), feature])
    };
    let mut without_limit = meter(1);
    without_limit.as_object_mut().unwrap().remove("limit");
    for (body, field) in [
        (json!({"features": []}), "name"),
        (bad("key", json!("Messages")), "features.1.key"),
        (bad("key", json!("sso")), "features.1.key"),
        (bad("limit", json!(-1)), "features.1.limit"),
        (bad("limit", json!(1.5)), "features.1.limit"),
        (bad("rollover", json!(1_000_000_000_001_i64)), "features.1.rollover"),
        (bad("period", json!("year")), "features.1.period"),
        (bad("x", json!(1)), "features.1.x"),
        (plan("P", &[without_limit]), "features.0.limit"),
        (plan("P", &[json!({"key": "messages", "kind": "boolean", "value": true})]), "features.0.kind"),
        (plan("P", &[json!({"key": "region", "kind": "value", "value": 7})]), "features.0.value"),
        (plan("P", &vec![meter(1); 51]), "features"),
    ] {
        let text = body.to_string();
        assert_eq!(named(&set(&world, &root, "free", body).await.expect(422)), [field], "{text}");
    }
    assert_eq!(named(&set(&world, &root, "Free", plan("P", &[])).await.expect(422)), ["key"]);
    let unknown = "/admin/services/FAX_GATEWAY";
    world.patch(unknown, &root, json!({})).await.expect_error(404, "not_found");
    world.put(&format!("{unknown}/plans/free"), &root, plan("P", &[])).await.expect_error(404, "not_found");
    for path in ["/services/FAX_GATEWAY", "/services/sms/plans"] {
        world.get(path, &ada.access).await.expect_error(404, "not_found");
    }
    set(&world, &ada.access, "free", plan("P", &[])).await.expect_error(403, "permission_denied");
    assert_eq!(world.database.count("SELECT count(*) FROM plan_versions").await, 21);
    world.clock.advance(TimeDelta::minutes(6));
    set(&world, &root, "free", plan("P", &[])).await.expect_error(403, "step_up_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_given_to_any_organization_that_is_named() {
    let world = World::administered().await;
    let (root, ada) = (world.administrator().await, world.sign_up("acme").await);
    let grant = async |tenant: Option<&str>, service: &str, body: Value| {
        let path = format!("/entitlements/{service}/grants");
        let mut request = world.request(reqwest::Method::POST, &path).bearer_auth(&root).json(&body);
        if let Some(tenant) = tenant {
            request = request.header("X-Tenant", tenant);
        }
        Reply::of(request.send().await.unwrap()).await
    };
    let body = json!({"meter": "messages", "amount": 500, "expires_at": "2099-01-01T00:00:00Z"});
    let granted = grant(Some("acme"), "SMS_GATEWAY", body.clone()).await.expect(201);
    assert_eq!((granted.body["amount"].clone(), granted.body["priority"].clone()), (json!(500), json!(100)));
    assert_eq!(granted.body["expires_at"], "2099-01-01T00:00:00Z");
    let by_id = json!({"meter": "messages", "amount": 1, "priority": -1000});
    grant(Some(&ada.organization), "SMS_GATEWAY", by_id).await.expect(201);
    assert_eq!(world.database.count("SELECT sum(amount)::bigint FROM quota_grants").await, 501);

    grant(None, "SMS_GATEWAY", body.clone()).await.expect_error(422, "tenant_required");
    grant(Some("no-such"), "SMS_GATEWAY", body.clone()).await.expect_error(404, "not_found");
    grant(Some("acme"), "FAX_GATEWAY", body.clone()).await.expect_error(404, "not_found");
    for (key, value) in [
        ("meter", json!("faxes")),
        ("amount", json!(0)),
        ("priority", json!(1001)),
        ("expires_at", json!("2020-01-01T00:00:00Z")),
        ("expires_at", json!("tomorrow")),
    ] {
        let mut bad = body.clone();
        bad[key] = value;
        let refused = grant(Some("acme"), "SMS_GATEWAY", bad).await.expect(422);
        assert!(refused.body["errors"][key].is_array(), "{}", refused.text);
    }
    let theirs = world.post("/entitlements/SMS_GATEWAY/grants", &ada.access, body).await;
    theirs.expect_error(403, "permission_denied");
    let entries = world.audit(&ada).await;
    assert_eq!(entries.iter().filter(|it| it["target"]["kind"] == "quota_grant").count(), 2, "{entries:#?}");
    let events = "SELECT count(*) FROM events WHERE kind = 'entitlement.changed' AND data->>'change' = 'granted'";
    assert_eq!(world.database.count(events).await, 2);
}
