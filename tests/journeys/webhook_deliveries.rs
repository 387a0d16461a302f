use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::receiver::Receiver;
use crate::support::world::Person;
use crate::support::{World, eventually};

/// An endpoint of Ada's; its path.
async fn hook(world: &World, by: &Person, url: &str, types: &[&str]) -> String {
    let body = json!({"url": url, "event_types": types});
    format!("/webhooks/{}", world.post("/webhooks", &by.access, body).await.expect(201).text_of("/id"))
}

/// Ada again, however much time has passed.
async fn back(world: &World, ada: &Person) -> Person {
    Person { access: world.log_in(&ada.email).await.expect(200).text_of("/access_token"), ..ada.clone() }
}

async fn invite(world: &World, by: &Person, email: &str) {
    world.post("/team/invite", &by.access, json!({"email": email, "role": "member"})).await.expect(201);
}

async fn deliveries(world: &World, by: &Person, hook: &str, status: &str) -> Vec<Value> {
    world.get(&format!("{hook}/deliveries?status={status}"), &by.access).await.expect(200).data().clone()
}

async fn until(world: &World, by: &Person, hook: &str, status: &str, how_many: usize) -> Vec<Value> {
    eventually(status, async || deliveries(world, by, hook, status).await.len() == how_many).await;
    deliveries(world, by, hook, status).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_and_answered_can_be_looked_up() {
    let world = World::new().await;
    let receiver = Receiver::start(&[500]);
    let ada = world.sign_up("acme").await;
    let hook = hook(&world, &ada, &receiver.url(), &["invitation.created"]).await;
    let test = world.post(&format!("{hook}/test"), &ada.access, json!({})).await.expect(201).body;
    assert_eq!(
        (&test["type"], &test["status"], &test["tries"]),
        (&json!("webhook.test"), &json!("pending"), &json!(0))
    );
    let one = format!("{hook}/deliveries/{}", test["id"].as_str().unwrap());
    let look = async || world.get(&one, &ada.access).await.expect(200).body;
    eventually("the first try is written down", async || look().await["tries"] == 1).await;
    let first = look().await;
    assert_eq!(
        (&first["status"], &first["response_status"], &first["error"]),
        (&json!("pending"), &json!(500), &json!("answered 500"))
    );
    assert!(first["next_try_at"].is_string());
    world.clock.advance(TimeDelta::minutes(2));
    let delivered = until(&world, &ada, &hook, "delivered", 1).await.remove(0);
    assert_eq!((&delivered["id"], &delivered["next_try_at"]), (&test["id"], &json!(null)));

    let full = look().await;
    assert_eq!(full["request"]["type"], "webhook.test");
    assert_eq!(full["request"]["organization_id"], ada.organization.as_str());
    let arrived = receiver.all();
    assert!(arrived.iter().all(|it| it.json() == full["request"] && it.header("webhook-id") == full["event_id"]));
    let attempts = full["attempts"].as_array().unwrap();
    let told: Vec<_> = attempts.iter().map(|it| (&it["response_status"], &it["error"], &it["response_body"])).collect();
    let says = Receiver::SAYS.replace('\0', "\u{fffd}");
    assert_eq!(told, [(&json!(500), &json!("answered 500"), &json!(says)), (&json!(204), &json!(null), &json!(""))]);
    for (attempt, received) in attempts.iter().zip(&arrived) {
        assert_eq!(attempt["url"], receiver.url());
        assert!(attempt["took_ms"].is_u64());
        let at = chrono::DateTime::parse_from_rfc3339(attempt["at"].as_str().unwrap()).unwrap();
        assert_eq!(at.timestamp().to_string(), received.header("webhook-timestamp"));
    }

    let second = self::hook(&world, &ada, &receiver.url(), &["invitation.created"]).await;
    let anothers = format!("{second}/deliveries/{}", test["id"].as_str().unwrap());
    for nothing in [anothers, format!("{hook}/deliveries/nothing"), format!("{hook}/deliveries/{}", ada.user)] {
        world.get(&nothing, &ada.access).await.expect_error(404, "not_found");
        world.post(&format!("{nothing}/redeliver"), &ada.access, json!({})).await.expect_error(404, "not_found");
    }
    world.get(&format!("{hook}/deliveries?status=lost"), &ada.access).await.expect(422);
    receiver.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_sent_again_and_a_span_is_replayed() {
    let world = World::new().await;
    let receiver = Receiver::start(&[]);
    let ada = world.sign_up("acme").await;
    let from = kernel::rfc3339(world.now());
    invite(&world, &ada, "before@example.com").await;
    let hook = hook(&world, &ada, &receiver.url(), &["invitation.created"]).await;
    invite(&world, &ada, "bob@example.com").await;
    let delivered = until(&world, &ada, &hook, "delivered", 1).await.remove(0);
    let again = format!("{hook}/deliveries/{}/redeliver", delivered["id"].as_str().unwrap());
    world.post(&again, &ada.access, json!({})).await.expect(204);
    let twice = receiver.until(|all| all.len() == 2).await;
    assert_eq!(twice[0].header("webhook-id"), twice[1].header("webhook-id"));
    assert_eq!(twice[0].body, twice[1].body);
    until(&world, &ada, &hook, "delivered", 1).await;

    world.clock.advance(TimeDelta::seconds(5));
    let to = kernel::rfc3339(world.now());
    world.post(&format!("{hook}/replay"), &ada.access, json!({"from": from, "to": to})).await.expect(204);
    let all = receiver.until(|all| all.len() == 4).await;
    let mut emails: Vec<Value> = all[2..].iter().map(|it| it.json()["data"]["invitation"]["email"].clone()).collect();
    emails.sort_by_key(ToString::to_string);
    assert_eq!(emails, ["before@example.com", "bob@example.com"]);
    for (body, field) in [
        (json!({"from": to, "to": from}), "to"),
        (json!({"from": from}), "to"),
        (json!({"from": "yesterday", "to": to}), "from"),
    ] {
        let reply = world.post(&format!("{hook}/replay"), &ada.access, body).await.expect(422);
        assert!(reply.body["errors"][field].is_array(), "{}", reply.text);
    }

    world.patch(&hook, &ada.access, json!({"status": "disabled"})).await.expect(200);
    for (path, body) in [
        (again, json!({})),
        (format!("{hook}/test"), json!({})),
        (format!("{hook}/replay"), json!({"from": from, "to": to})),
    ] {
        world.post(&path, &ada.access, body).await.expect_error(409, "illegal_state");
    }
    let actions: Vec<Value> = world.audit(&ada).await.into_iter().map(|it| it["action"].clone()).collect();
    assert!(actions.contains(&json!("webhook.redelivered")) && actions.contains(&json!("webhook.replayed")));
    receiver.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wh_06_410_disables_at_once_with_mail_and_event() {
    let world = World::new().await;
    let (receiver, watcher) = (Receiver::start(&[410]), Receiver::start(&[]));
    let ada = world.sign_up("acme").await;
    world.join(&ada, "admin@example.com", "admin").await;
    world.join(&ada, "member@example.com", "member").await;
    let gone = hook(&world, &ada, &receiver.url(), &["invitation.created"]).await;
    hook(&world, &ada, &watcher.url(), &["webhook.disabled"]).await;
    invite(&world, &ada, "bob@example.com").await;
    let told = watcher.until(|all| all.len() == 1).await.remove(0).json();
    assert_eq!((&told["type"], &told["data"]["reason"]), (&json!("webhook.disabled"), &json!("gone")));
    assert_eq!(told["data"]["webhook"]["id"].as_str(), gone.rsplit('/').next());
    assert_eq!(world.get(&gone, &ada.access).await.expect(200).body["status"], "disabled");
    let failed = deliveries(&world, &ada, &gone, "failed").await;
    assert_eq!((failed.len(), &failed[0]["response_status"]), (1, &json!(410)));
    for reader in [&ada.email, "admin@example.com"] {
        let subject = "A webhook of The acme company was disabled".to_owned();
        eventually("the mail arrives", async || world.subjects(reader).contains(&subject)).await;
    }
    assert!(!world.subjects("member@example.com").iter().any(|it| it.contains("webhook")));

    invite(&world, &ada, "zoe@example.com").await;
    let relayed = "SELECT count(*) FROM events WHERE relayed_at IS NULL";
    eventually("it is looked at", async || world.database.count(relayed).await == 0).await;
    assert_eq!(receiver.all().len(), 1, "it gets nothing more");
    world.patch(&gone, &ada.access, json!({"status": "enabled"})).await.expect(200);
    invite(&world, &ada, "max@example.com").await;
    let arrived = receiver.until(|all| all.len() == 2).await;
    assert_eq!(arrived[1].json()["data"]["invitation"]["email"], "max@example.com");
    receiver.stop().await;
    watcher.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_days_of_failure_disable() {
    let world = World::new().await;
    let (receiver, watcher) = (Receiver::start(&[500; 20]), Receiver::start(&[]));
    let ada = world.sign_up("acme").await;
    let failing = hook(&world, &ada, &receiver.url(), &["invitation.created"]).await;
    hook(&world, &ada, &watcher.url(), &["webhook.disabled"]).await;
    invite(&world, &ada, "bob@example.com").await;
    let tries = "SELECT count(*) FROM webhook_tries";
    eventually("it is settled", async || world.database.count(tries).await == 1).await;
    for day in 2..=5 {
        world.clock.advance(TimeDelta::days(1));
        eventually("it is settled", async || world.database.count(tries).await == day).await;
    }
    let ada = back(&world, &ada).await;
    assert_eq!(world.get(&failing, &ada.access).await.expect(200).body["status"], "enabled");

    world.clock.advance(TimeDelta::days(1) + TimeDelta::minutes(1));
    let told = watcher.until(|all| all.len() == 1).await.remove(0).json();
    assert_eq!(told["data"]["reason"], "failing");
    let ada = back(&world, &ada).await;
    assert_eq!(world.get(&failing, &ada.access).await.expect(200).body["status"], "disabled");
    let subject = "A webhook of The acme company was disabled".to_owned();
    eventually("the mail arrives", async || world.subjects(&ada.email).contains(&subject)).await;
    // Enabled again it begins anew, with what waits for it.
    let before = receiver.all().len();
    world.patch(&failing, &ada.access, json!({"status": "enabled"})).await.expect(200);
    world.clock.advance(TimeDelta::days(1));
    receiver.until(|all| all.len() > before).await;
    eventually("it is settled", async || world.database.count(tries).await > 6).await;
    let ada = back(&world, &ada).await;
    assert_eq!(world.get(&failing, &ada.access).await.expect(200).body["status"], "enabled");
    receiver.stop().await;
    watcher.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_endpoint_delays_no_live_one() {
    let world = World::new().await;
    let (dead, live) = (Receiver::silent(), Receiver::start(&[]));
    let ada = world.sign_up("acme").await;
    let hung = hook(&world, &ada, &dead.url(), &["invitation.created"]).await;
    let taken = hook(&world, &ada, &live.url(), &["invitation.created"]).await;
    for i in 0..40 {
        invite(&world, &ada, &format!("bob{i}@example.com")).await;
    }
    live.until(|all| all.len() == 40).await;
    let settled = until(&world, &ada, &taken, "delivered", 40).await;
    assert!(settled.iter().all(|it| it["tries"] == 1));
    assert!(!dead.all().is_empty(), "the dead one was sent something, and it hangs");
    assert_eq!(deliveries(&world, &ada, &hung, "pending").await.len(), 40);
    dead.stop().await;
    live.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_an_endpoint_that_is_removed_never_arrives() {
    let world = World::new().await;
    let receiver = Receiver::start(&[500, 500]);
    let ada = world.sign_up("acme").await;
    let removed = hook(&world, &ada, &receiver.url(), &["invitation.created"]).await;
    let kept = hook(&world, &ada, &receiver.url(), &["invitation.created"]).await;
    invite(&world, &ada, "bob@example.com").await;
    let tries = "SELECT count(*) FROM webhook_tries";
    eventually("both are settled", async || world.database.count(tries).await == 2).await;
    world.delete(&removed, &ada.access).await.expect(204);
    world.clock.advance(TimeDelta::minutes(2));
    until(&world, &ada, &kept, "delivered", 1).await;
    assert_eq!(receiver.all().len(), 3);
    assert_eq!(world.database.count("SELECT count(*) FROM webhook_deliveries").await, 1);
    receiver.stop().await;
}
