use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use crate::support::receiver::{Received, Receiver};
use crate::support::standard_webhooks::verdicts;
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
    let url = receiver.url();
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
    let url = receiver.url();
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
async fn the_reference_libraries_accept_what_arrives_rotated_secrets_included() {
    let world = World::new().await;
    let receiver = Receiver::start(&[]);
    let ada = world.sign_up("acme").await;
    let hook = json!({"url": receiver.url(), "event_types": ["member.added"], "description": "Größe 蜂"});
    let hook = world.post("/webhooks", &ada.access, hook).await.expect(201);
    let path = |what: &str| format!("/webhooks/{}/{what}", hook.body["id"].as_str().unwrap());
    let test = async |by: &str, nth: usize| {
        world.post(&path("test"), by, json!({})).await.expect(201);
        receiver.until(|all| all.len() == nth).await;
    };
    let mut secrets = vec![hook.text_of("/secret")];
    test(&ada.access, 1).await;
    for nth in 2..4 {
        secrets
            .insert(0, world.post(&path("rotate-secret"), &ada.access, json!({})).await.expect(200).text_of("/secret"));
        test(&ada.access, nth).await;
    }
    let [oldest, middle, newest] = [2, 1, 0].map(|i| secrets[i].as_str());
    // It is real time that the libraries hold a timestamp against.
    let all = receiver.all();
    let deliveries = [
        (&all[0], oldest, true),
        (&all[0], newest, false),
        (&all[1], oldest, true),
        (&all[1], middle, true),
        (&all[1], newest, false),
        (&all[2], oldest, true),
        (&all[2], middle, true),
        (&all[2], newest, true),
    ];
    let touched = Received { body: all[2].body.replace("Größe", "Grösse"), ..all[2].clone() };
    let mut asked: Vec<_> = deliveries.iter().map(|(received, secret, _)| (*received, *secret)).collect();
    asked.push((&touched, newest));
    for (library, said) in verdicts(&asked).await {
        let accepted: Vec<bool> = said.iter().map(|it| it == "accepted").collect();
        let expected: Vec<bool> = deliveries.iter().map(|it| it.2).chain([false]).collect();
        assert_eq!(accepted, expected, "{library}: {said:#?}");
    }

    world.clock.advance(chrono::TimeDelta::hours(24));
    test(&world.log_in(&ada.email).await.expect(200).text_of("/access_token"), 4).await;
    let last = receiver.until(|all| all.len() == 4).await.remove(3);
    assert_eq!(last.header("webhook-signature").split(' ').count(), 1, "after a day the newest alone signs");
    assert!(signed(&last, newest) && !signed(&last, middle));
    receiver.stop().await;
}
