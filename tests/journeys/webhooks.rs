use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use crate::support::receiver::{Received, Receiver};
use crate::support::{World, eventually};

/// As the Standard Webhooks page says, written from it and not from our code.
fn signed(received: &Received, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let content =
        format!("{}.{}.{}", received.header("webhook-id"), received.header("webhook-timestamp"), received.body);
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(content.as_bytes());
    let wanted = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    received.header("webhook-signature").split(' ').any(|signature| signature == wanted)
}

#[tokio::test(flavor = "multi_thread")]
async fn events_arrive_signed_for_their_organization_only() {
    let world = World::new().await;
    let receiver = Receiver::start(&[]);
    let ada = world.sign_up("acme").await;
    let eve = world.sign_up("other").await;
    let url = format!("http://127.0.0.1:{}/hook", receiver.port);
    let body = json!({"url": url, "event_types": ["invitation.created", "member.added", "user.created"]});
    let hook = world.post("/webhooks", &ada.access, body).await.expect(201);
    assert_eq!(hook.body["status"], "enabled");
    let secret = hook.text_of("/secret");
    world.join(&eve, "zed@example.com", "member").await;
    world.join(&ada, "bob@example.com", "member").await;

    let arrived = receiver.until(|all| all.len() >= 3).await;
    assert_eq!(arrived.len(), 3, "{arrived:#?}");
    let mut kinds: Vec<String> = Vec::new();
    for one in &arrived {
        assert!(signed(one, &secret), "{one:#?}");
        let payload = one.json();
        assert_eq!(payload["id"], one.header("webhook-id"));
        assert_eq!(payload["organization_id"], ada.organization.as_str());
        assert!(payload["timestamp"].as_str().is_some_and(|at| at.ends_with('Z')));
        assert!(!one.body.contains("zed@example.com"), "another organization's event arrived");
        kinds.push(payload["type"].as_str().unwrap().to_owned());
    }
    kinds.sort();
    assert_eq!(kinds, ["invitation.created", "member.added", "user.created"]);
    receiver.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_comes_again_under_the_same_id() {
    let world = World::new().await;
    let receiver = Receiver::start(&[500, 302]);
    let ada = world.sign_up("acme").await;
    let url = format!("http://127.0.0.1:{}/hook", receiver.port);
    let hook = json!({"url": url, "event_types": ["invitation.created"]});
    let secret = world.post("/webhooks", &ada.access, hook).await.expect(201).text_of("/secret");
    world.post("/team/invite", &ada.access, json!({"email": "bob@example.com", "role": "member"})).await.expect(201);
    let settled = async |status: u16| {
        let sql = format!("SELECT count(*) FROM webhook_deliveries WHERE last_status = {status}");
        eventually("the try is settled", async || world.database.count(&sql).await == 1).await;
    };
    settled(500).await;
    world.clock.advance(chrono::TimeDelta::minutes(2));
    settled(302).await;
    world.clock.advance(chrono::TimeDelta::minutes(2));
    let arrived = receiver.until(|all| all.len() >= 3).await;
    assert!(arrived.iter().all(|one| one.header("webhook-id") == arrived[0].header("webhook-id")));
    assert_ne!(arrived[0].header("webhook-timestamp"), arrived[2].header("webhook-timestamp"));
    assert!(arrived.iter().all(|one| signed(one, &secret)));
    receiver.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn private_and_odd_targets_are_refused() {
    let world = World::with(|config| config.webhook_allow_hosts.clear()).await;
    let ada = world.sign_up("acme").await;
    for url in [
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "ftp://example.com/",
        "https://u:p@example.com/",
        "https://example.com:22/",
        "//example.com/",
        "http://example.com/",
        "https://0x7f000001/",
    ] {
        let body = json!({"url": url, "event_types": ["user.created"]});
        let reply = world.post("/webhooks", &ada.access, body).await.expect(422);
        assert!(reply.body["errors"]["url"].is_array(), "{url}");
    }
    let unknown = json!({"url": "https://example.com/", "event_types": ["honey.poured"]});
    assert!(world.post("/webhooks", &ada.access, unknown).await.expect(422).body["errors"]["event_types"].is_array());
    assert_eq!(world.database.count("SELECT count(*) FROM webhook_endpoints").await, 0);
}
