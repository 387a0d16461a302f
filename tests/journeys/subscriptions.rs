use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::world::Person;
use crate::support::{Reply, World, eventually};

async fn subscribe(world: &World, person: &Person, body: Value) -> String {
    world.post("/subscriptions", &person.access, body).await.expect(201).text_of("/id")
}

fn free() -> Value {
    json!({"service": "SMS_GATEWAY", "plan": "free"})
}

/// What became of the organization's subscriptions, by what the audit log says: who, the event, the change.
async fn told(world: &World, person: &Person) -> Vec<(String, String, String)> {
    let text = |it: &Value| it.as_str().unwrap_or_else(|| panic!("no text: {it}")).to_owned();
    let mut told = Vec::new();
    for entry in world.audit(person).await.iter().filter(|it| it["target"]["kind"] == "subscription") {
        let changes = entry["changes"].as_array().unwrap().iter().find(|it| it["field"] == "change").unwrap();
        for change in changes["after"].as_array().unwrap() {
            told.push((text(&entry["actor"]["kind"]), text(&entry["action"]), text(change)));
        }
    }
    told.sort();
    told
}

async fn signed_in(world: &World, person: &Person) -> Person {
    let access = world.log_in(&person.email).await.expect(200).text_of("/access_token");
    Person { access, ..person.clone() }
}

fn status(reply: &Reply) -> (u16, Value) {
    (reply.status.as_u16(), reply.body["status"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_life_of_a_subscription() {
    let world = World::administered().await;
    let (root, ada) = (world.administrator().await, world.sign_up("acme").await);
    let begun = json!({"service": "SMS_GATEWAY", "plan": "free", "trial_days": 14, "external_reference": "billing/7"});
    let id = subscribe(&world, &ada, begun).await;
    let path = format!("/subscriptions/{id}");
    let post = async |what: &str, token: &str, body: Value| world.post(&format!("{path}/{what}"), token, body).await;
    let shown = world.get(&path, &ada.access).await.expect(200);
    assert_eq!(shown.body["status"], "trialing");
    assert_eq!(shown.body["external_reference"], "billing/7");
    for field in ["plan_version", "started_at", "current_period_start", "current_period_end", "trial_ends_at"] {
        assert!(!shown.body[field].is_null(), "{field} in {}", shown.text);
    }
    for field in ["next_plan", "cancelled_at", "ends_at", "suspension"] {
        assert!(shown.body.get(field).is_some_and(Value::is_null), "{field} in {}", shown.text);
    }

    let chosen = world.patch(&path, &ada.access, json!({"plan": "premium", "when": "period_end"})).await.expect(200);
    assert_eq!((&chosen.body["plan"], &chosen.body["next_plan"]), (&json!("free"), &json!("premium")));
    let moved = world.patch(&path, &ada.access, json!({"plan": "standard"})).await.expect(200);
    assert_eq!((&moved.body["plan"], &moved.body["next_plan"]), (&json!("standard"), &Value::Null));
    let known = world.patch(&path, &ada.access, json!({"external_reference": null})).await.expect(200);
    assert_eq!(known.body["external_reference"], Value::Null);

    let cancelled = post("cancel", &ada.access, json!({})).await.expect(200);
    assert_eq!(cancelled.body["status"], "cancelled");
    assert_eq!(cancelled.body["ends_at"], shown.body["trial_ends_at"], "a trial ends no later than it would");
    let entitled = async |person: &Person| {
        let found = world.get("/entitlements/SMS_GATEWAY", &person.access).await.expect(200);
        found.body["entitled"].clone()
    };
    assert_eq!(entitled(&ada).await, true);
    assert_eq!(post("resume", &ada.access, json!({})).await.expect(200).body["status"], "trialing");

    let stopped = post("suspend", &root, json!({"reason": "payment"})).await.expect(200);
    assert_eq!(stopped.body["suspension"]["reason"], "payment");
    assert_eq!((&stopped.body["suspension"]["blocks"], entitled(&ada).await), (&json!("use"), json!(false)));
    let stopped = post("suspend", &root, json!({"reason": "other", "blocks": "change"})).await.expect(200);
    assert_eq!((&stopped.body["status"], entitled(&ada).await), (&json!("suspended"), json!(true)));
    let refused = post("cancel", &ada.access, json!({"when": "now"})).await;
    assert_eq!(status(&refused.expect_error(409, "illegal_state")), (409, json!("suspended")));
    assert_eq!(post("activate", &root, json!({})).await.expect(200).body["status"], "trialing");

    // The trial ends, a month turns, and the end comes, each by itself.
    world.clock.advance(TimeDelta::days(15));
    let ada = signed_in(&world, &ada).await;
    assert_eq!(world.get(&path, &ada.access).await.expect(200).body["status"], "active");
    world.clock.advance(TimeDelta::days(20));
    let ada = signed_in(&world, &ada).await;
    let renewed = world.get(&path, &ada.access).await.expect(200);
    assert_eq!(renewed.body["current_period_start"], shown.body["current_period_end"]);
    post("cancel", &ada.access, json!({"when": "period_end"})).await.expect(200);
    world.clock.advance(TimeDelta::days(32));
    let ada = signed_in(&world, &ada).await;
    assert_eq!(world.get(&path, &ada.access).await.expect(200).body["status"], "expired");
    assert_eq!(entitled(&ada).await, false);
    let refused = post("resume", &ada.access, json!({})).await.expect_error(409, "illegal_state");
    assert_eq!(refused.body["status"], "expired");
    subscribe(&world, &ada, free()).await;
    let listed = world.get("/subscriptions", &ada.access).await.expect(200);
    let statuses: Vec<_> = listed.data().iter().map(|it| it["status"].clone()).collect();
    assert_eq!(statuses, ["active", "expired"], "the newest first");

    let by_time = |change: &str| ("system".to_owned(), "entitlement.changed".to_owned(), change.to_owned());
    // The worker may be later than who looks.
    eventually("its end is written", async || told(&world, &ada).await.contains(&by_time("expired"))).await;
    let mut expected: Vec<_> = [
        ("entitlement.activated", "begun"),
        ("entitlement.changed", "plan_scheduled"),
        ("entitlement.changed", "plan_changed"),
        ("entitlement.changed", "reference_changed"),
        ("entitlement.cancelled", "cancelled"),
        ("entitlement.changed", "resumed"),
        ("entitlement.suspended", "suspended"),
        ("entitlement.suspended", "suspended"),
        ("entitlement.activated", "activated"),
        ("entitlement.cancelled", "cancelled"),
        ("entitlement.activated", "begun"),
    ]
    .map(|(event, change)| ("user".to_owned(), event.to_owned(), change.to_owned()))
    .into();
    expected.extend(["trial_ended", "renewed", "expired"].map(by_time));
    expected.sort();
    assert_eq!(told(&world, &ada).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_illegal_move_is_refused_with_the_status() {
    let world = World::administered().await;
    let (root, ada) = (world.administrator().await, world.sign_up("acme").await);
    let id = subscribe(&world, &ada, free()).await;
    let path = format!("/subscriptions/{id}");
    let refused = async |token: &str, what: &str, body: Value| {
        let reply = if what == "plan" {
            world.patch(&path, token, json!({"plan": "premium"})).await
        } else {
            world.post(&format!("{path}/{what}"), token, body).await
        };
        reply.expect_error(409, "illegal_state").body["status"].clone()
    };
    let done = async |token: &str, what: &str, body: Value| {
        world.post(&format!("{path}/{what}"), token, body).await.expect(200);
    };
    let payment = || json!({"reason": "payment"});
    assert_eq!(refused(&ada.access, "resume", json!({})).await, "active");
    assert_eq!(refused(&root, "activate", json!({})).await, "active");

    done(&root, "suspend", payment()).await;
    for what in ["plan", "cancel", "resume"] {
        assert_eq!(refused(&ada.access, what, json!({})).await, "suspended", "{what}");
    }
    assert_eq!(refused(&root, "suspend", payment()).await, "suspended");
    world.patch(&path, &ada.access, json!({"external_reference": "x"})).await.expect_error(409, "illegal_state");
    done(&root, "activate", json!({})).await;

    done(&ada.access, "cancel", json!({})).await;
    for what in ["plan", "cancel"] {
        assert_eq!(refused(&ada.access, what, json!({})).await, "cancelled", "{what}");
    }
    world.post("/subscriptions", &ada.access, free()).await.expect_error(409, "already_subscribed");
    done(&ada.access, "cancel", json!({"when": "now"})).await;
    for what in ["plan", "cancel", "resume"] {
        assert_eq!(refused(&ada.access, what, json!({})).await, "expired", "{what}");
    }
    for what in ["suspend", "activate"] {
        assert_eq!(refused(&root, what, payment_for(what)).await, "expired", "{what}");
    }
}

fn payment_for(what: &str) -> Value {
    if what == "suspend" { json!({"reason": "payment"}) } else { json!({}) }
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_is_no_way_out_of_a_suspension_nor_to_another_quota() {
    let world = World::administered().await;
    let (root, ada) = (world.administrator().await, world.sign_up("acme").await);
    let id = subscribe(&world, &ada, free()).await;
    let used = json!({"meter": "messages", "quantity": 60, "idempotency_key": "k"});
    world.post("/entitlements/SMS_GATEWAY/usage", &ada.access, used).await.expect(200);
    world.post(&format!("/subscriptions/{id}/cancel"), &ada.access, json!({"when": "now"})).await.expect(200);
    let first = world.get(&format!("/subscriptions/{id}"), &ada.access).await.expect(200);
    let second = subscribe(&world, &ada, free()).await;
    let begun = world.get(&format!("/subscriptions/{second}"), &ada.access).await.expect(200);
    assert_eq!(begun.body["current_period_start"], first.body["current_period_start"], "its period goes on");
    let found = world.get("/entitlements/SMS_GATEWAY", &ada.access).await.expect(200);
    assert_eq!(found.body["features"][0]["remaining"], 40, "and so does what was used in it");

    world.post(&format!("/subscriptions/{second}/cancel"), &ada.access, json!({})).await.expect(200);
    let stop = json!({"reason": "abuse"});
    world.post(&format!("/subscriptions/{second}/suspend"), &root, stop).await.expect(200);
    world.clock.advance(TimeDelta::days(32));
    let ada = signed_in(&world, &ada).await;
    let refused = world.post("/subscriptions", &ada.access, free()).await.expect_error(409, "illegal_state");
    assert_eq!(refused.body["status"], "suspended");
    let root = world.administrator().await;
    let released = world.post(&format!("/subscriptions/{second}/activate"), &root, json!({})).await.expect(200);
    assert_eq!(released.body["status"], "expired");
    subscribe(&world, &ada, free()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_chosen_for_the_next_period_comes_with_it_and_once() {
    let mut world = World::new().await;
    let node = world.add_node().await;
    let ada = world.sign_up("acme").await;
    let id = subscribe(&world, &ada, free()).await;
    let path = format!("/subscriptions/{id}");
    world.patch(&path, &ada.access, json!({"plan": "standard", "when": "period_end"})).await.expect(200);
    world.clock.advance(TimeDelta::days(32));
    let ada = signed_in(&world, &ada).await;
    for node in [0, node] {
        let shown = world.get_at(node, &path, &ada.access).await.expect(200);
        assert_eq!((&shown.body["plan"], &shown.body["next_plan"]), (&json!("standard"), &Value::Null));
        let found = world.get_at(node, "/entitlements/SMS_GATEWAY", &ada.access).await.expect(200);
        assert_eq!(found.body["features"][0]["limit"], 10_000);
    }
    let moved = async |change: &str| {
        let sql = format!("SELECT count(*) FROM events WHERE data->>'change' = '{change}'");
        world.database.count(&sql).await
    };
    eventually("a worker has written it", async || moved("renewed").await > 0).await;
    assert_eq!((moved("plan_changed").await, moved("renewed").await), (1, 1));
    let before = "SELECT count(*) FROM events WHERE data->>'plan_before' = 'free'";
    assert_eq!(world.database.count(before).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_a_rule_is_named_and_whoever_may_not_is_refused() {
    let world = World::administered().await;
    let (root, ada) = (world.administrator().await, world.sign_up("acme").await);
    let cyd = world.join(&ada, "cyd@example.com", "member").await;
    let id = subscribe(&world, &ada, free()).await;
    let path = format!("/subscriptions/{id}");
    for (body, field) in [
        (json!({"plan": "gold"}), "plan"),
        (json!({"plan": null}), "plan"),
        (json!({"plan": "premium", "when": "soon"}), "when"),
        (json!({"when": "now"}), "when"),
        (json!({"external_reference": ""}), "external_reference"),
        (json!({"external_reference": "a\nb"}), "external_reference"),
        (json!({"status": "active"}), "status"),
    ] {
        let refused = world.patch(&path, &ada.access, body).await.expect(422);
        assert!(refused.body["errors"][field].is_array(), "{field}: {}", refused.text);
    }
    let post = async |what: &str, token: &str, body: Value| world.post(&format!("{path}/{what}"), token, body).await;
    for (what, token, body, field) in [
        ("cancel", &ada.access, json!({"when": "soon"}), "when"),
        ("suspend", &root, json!({}), "reason"),
        ("suspend", &root, json!({"reason": "mood"}), "reason"),
        ("suspend", &root, json!({"reason": "abuse", "blocks": "all"}), "blocks"),
    ] {
        let refused = post(what, token, body).await.expect(422);
        assert!(refused.body["errors"][field].is_array(), "{field}: {}", refused.text);
    }
    for reference in ["", &"r".repeat(256)] {
        let body = json!({"service": "HOSTING", "plan": "free", "external_reference": reference});
        let refused = world.post("/subscriptions", &ada.access, body).await.expect(422);
        assert!(refused.body["errors"]["external_reference"].is_array(), "{}", refused.text);
    }

    world.get(&path, &cyd.access).await.expect(200);
    for (what, token, needed) in [
        ("cancel", &cyd.access, "entitlements.manage"),
        ("resume", &cyd.access, "entitlements.manage"),
        ("suspend", &ada.access, "platform.administer"),
        ("activate", &ada.access, "platform.administer"),
    ] {
        let refused = post(what, token, json!({})).await.expect_error(403, "permission_denied");
        assert_eq!(refused.body["required_permission"], needed, "{what}");
    }
    world.patch(&path, &cyd.access, json!({})).await.expect_error(403, "permission_denied");
    let unknown = "/subscriptions/01990000-0000-7000-8000-000000000000";
    world.get(unknown, &ada.access).await.expect_error(404, "not_found");
    let suspend = format!("{unknown}/suspend");
    world.post(&suspend, &root, json!({"reason": "abuse"})).await.expect_error(404, "not_found");
    // Nothing of this has changed anything.
    assert_eq!(world.get(&path, &ada.access).await.expect(200).body["status"], "active");
    assert_eq!(told(&world, &ada).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_paged() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let mut begun = Vec::new();
    for service in ["SMS_GATEWAY", "HOSTING", "NATIONAL_ISP"] {
        begun.push(subscribe(&world, &ada, json!({"service": service, "plan": "free"})).await);
    }
    begun.reverse();
    let first = world.get("/subscriptions?limit=2", &ada.access).await.expect(200);
    let cursor = first.text_of("/next_cursor");
    let rest = world.get(&format!("/subscriptions?limit=2&cursor={cursor}"), &ada.access).await.expect(200);
    assert_eq!(rest.body["next_cursor"], Value::Null);
    let ids: Vec<_> = first.data().iter().chain(rest.data()).map(|it| it["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, begun);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_deleted_organization_nothing_moves_until_it_is_back() {
    let world = World::new().await;
    let (ada, bob) = (world.sign_up("acme").await, world.sign_up("other").await);
    let trial = json!({"service": "SMS_GATEWAY", "plan": "free", "trial_days": 14});
    subscribe(&world, &ada, trial.clone()).await;
    subscribe(&world, &bob, trial).await;
    let version = async |person: &Person| {
        let of = format!("SELECT version FROM subscriptions WHERE organization_id = '{}'", person.organization);
        world.database.count(&of).await
    };
    world.clock.advance(TimeDelta::days(10));
    let ada = signed_in(&world, &ada).await;
    world.delete(&format!("/organizations/{}", ada.organization), &ada.access).await.expect(204);
    world.clock.advance(TimeDelta::days(10));
    eventually("the other one's trial is over", async || version(&bob).await == 1).await;
    assert_eq!(version(&ada).await, 0);
    let ada = signed_in(&world, &ada).await;
    let restore = format!("/organizations/{}/restore", ada.organization);
    world.post(&restore, &ada.access, json!({})).await.expect(200);
    eventually("what was missed is made up for", async || version(&ada).await == 1).await;
}
