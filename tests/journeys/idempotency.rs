use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::PASSWORD;
use crate::support::{Reply, World, eventually};

const KEY: &str = "0123456789abcdefghijkl";

async fn send(world: &World, path: &str, token: Option<&str>, key: &str, body: &Value) -> Reply {
    let mut request = world.request(Method::POST, path).header("Idempotency-Key", key).json(body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    Reply::of(request.send().await.unwrap()).await
}

fn sign_up(slug: &str) -> Value {
    let owner = json!({"email": format!("{slug}@example.com"), "username": slug, "password": PASSWORD});
    json!({"name": "Acme", "slug": slug, "owner": owner})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repetition_gets_the_same_answer_and_happens_once() {
    let world = World::new().await;
    let replies = join_all((0..6).map(|_| async { send(&world, "/tenants", None, KEY, &sign_up("acme")).await })).await;
    assert!(replies.iter().all(|reply| reply.status == 201 && reply.body == replies[0].body), "{replies:#?}");
    assert_eq!(world.database.count("SELECT count(*) FROM organizations").await, 1);
    let access = replies[0].text_of("/access_token");
    world.get("/team", &access).await.expect(200);

    let invitation = json!({"email": "bob@example.com", "role": "member"});
    let first = send(&world, "/team/invite", Some(&access), "short", &invitation).await.expect(201);
    let again = send(&world, "/team/invite", Some(&access), "short", &invitation).await.expect(201);
    assert_eq!(first.body, again.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_of_a_webhook_repeats_without_a_body() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let hook = json!({"url": "http://127.0.0.1:9999/hook", "event_types": ["user.created"]});
    let hook = world.post("/webhooks", &ada.access, hook).await.expect(201).text_of("/id");
    let test = async |key| {
        let path = format!("/webhooks/{hook}/test");
        let request = world.request(Method::POST, &path).header("Idempotency-Key", key).bearer_auth(&ada.access);
        Reply::of(request.send().await.unwrap()).await.expect(201).text_of("/id")
    };
    let ids = join_all((0..4).map(|_| test(KEY))).await;
    assert!(ids.iter().all(|it| *it == ids[0]), "{ids:?}");
    assert_ne!(test("another").await, ids[0]);
    assert_eq!(world.database.count("SELECT count(*) FROM webhook_deliveries").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_request_under_the_key_is_refused() {
    let world = World::new().await;
    send(&world, "/tenants", None, KEY, &sign_up("acme")).await.expect(201);
    send(&world, "/tenants", None, KEY, &sign_up("other")).await.expect_error(422, "idempotency_key_reused");
    assert_eq!(world.database.count("SELECT count(*) FROM organizations").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_its_callers_own() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let eve = world.sign_up("other").await;
    let invitation = json!({"email": "bob@example.com", "role": "member"});
    let one = send(&world, "/team/invite", Some(&ada.access), KEY, &invitation).await.expect(201);
    let two = send(&world, "/team/invite", Some(&eve.access), KEY, &invitation).await.expect(201);
    assert_ne!(one.body["id"], two.body["id"]);
    let short = send(&world, "/tenants", None, "guessable", &sign_up("third")).await.expect(422);
    assert_eq!(short.body["code"], "VALIDATION_ERROR");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_one_organization_is_another_in_the_next() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let eve = world.sign_up("other").await;
    let bob = world.join(&ada, "bob@example.com", "admin").await;
    world.post("/team/invite", &eve.access, json!({"email": "bob@example.com", "role": "admin"})).await.expect(201);
    let mut tokens = Vec::new();
    eventually("the second invitation is mailed", async || {
        tokens = world.mailed_tokens("bob@example.com", "invitations/accept");
        tokens.len() == 2
    })
    .await;
    let token = tokens.pop();
    let there = world.post("/invitations/accept", &bob.access, json!({"token": token})).await.expect(200);
    let hook = json!({"url": "https://example.com/", "event_types": ["user.created"]});
    let one = send(&world, "/webhooks", Some(&bob.access), KEY, &hook).await.expect(201);
    let two = send(&world, "/webhooks", Some(&there.text_of("/access_token")), KEY, &hook).await.expect(201);
    assert_ne!(one.body["id"], two.body["id"]);
    assert_ne!(one.body["secret"], two.body["secret"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acceptance_whose_answer_got_lost_is_answered_again() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.post("/team/invite", &ada.access, json!({"email": "bob@example.com", "role": "member"})).await.expect(201);
    let token = world.mailed_token("bob@example.com", "invitations/accept").await;
    let body = json!({"token": token, "username": "bob", "password": PASSWORD});
    let first = send(&world, "/invitations/accept", None, KEY, &body).await.expect(200);
    let again = send(&world, "/invitations/accept", None, KEY, &body).await.expect(200);
    assert_eq!(first.body, again.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_invitations_under_one_key_are_made_once_and_never_others() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let invitation = |name: &str| json!({"email": format!("{name}@example.com"), "role": "member"});
    let two = json!({"invitations": [invitation("bob"), invitation("cyd")]});
    let three = json!({"invitations": [invitation("bob"), invitation("cyd"), invitation("dee")]});
    let first = send(&world, "/team/invite", Some(&ada.access), KEY, &two).await.expect(200);
    let again = send(&world, "/team/invite", Some(&ada.access), KEY, &two).await.expect(200);
    assert_eq!(first.body, again.body);
    for other in [three, invitation("dee")] {
        send(&world, "/team/invite", Some(&ada.access), KEY, &other).await.expect_error(422, "idempotency_key_reused");
    }
    assert_eq!(world.database.count("SELECT count(*) FROM invitations").await, 2);
}

/// The same request three times under one key, two of them at once.
async fn thrice(world: &World, path: &str, token: &str, body: Option<Value>) -> [Reply; 3] {
    let sent = async || {
        let mut request = world.request(Method::POST, path).header("Idempotency-Key", KEY).bearer_auth(token);
        if let Some(body) = &body {
            request = request.json(body);
        }
        Reply::of(request.send().await.unwrap()).await
    };
    let (one, two) = futures::join!(sent(), sent());
    [one, two, sent().await]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_once_is_shown_again_to_who_repeats_and_made_once() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.verify_email(&ada.email).await;
    let key = world.post("/api-keys", &ada.access, json!({"name": "key"})).await.expect(201).text_of("/id");
    let hook = json!({"url": "http://127.0.0.1:9999/hook", "event_types": ["user.created"]});
    let hook = world.post("/webhooks", &ada.access, hook).await.expect(201).text_of("/id");
    let secrets = [
        (format!("/api-keys/{key}/rotate"), None, "/key", "api_key.rotated"),
        (format!("/webhooks/{hook}/rotate-secret"), None, "/secret", "webhook.rotated"),
        ("/me/mfa/setup".to_owned(), None, "/otpauth_url", "mfa.set_up"),
    ];
    for (path, body, secret, action) in secrets {
        let replies = thrice(&world, &path, &ada.access, body).await;
        for reply in &replies {
            assert_eq!((reply.status.as_u16(), &reply.body), (200, &replies[0].body), "{path}");
        }
        assert!(!replies[0].text_of(secret).is_empty());
        let written = format!("SELECT count(*) FROM audit_entries WHERE action = '{action}'");
        assert_eq!(world.database.count(&written).await, 1, "{path}");
        let other = send(&world, &path, Some(&ada.access), KEY, &json!({"overlap_seconds": 5})).await;
        if path.contains("api-keys") {
            other.expect_error(422, "idempotency_key_reused");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn recovery_codes_are_replaced_once() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let (authenticator, _) = world.enable_mfa(&ada.access).await;
    let code = json!({"totp_code": authenticator.code(&world, 0)});
    let access = world.log_in_besides(&ada.email, code).await.expect(200).text_of("/access_token");
    let replies = thrice(&world, "/me/mfa/recovery-codes", &access, None).await;
    for reply in &replies {
        assert_eq!((reply.status.as_u16(), &reply.body), (200, &replies[0].body));
    }
    let written = "SELECT count(*) FROM audit_entries WHERE action = 'mfa.recovery_codes_replaced'";
    assert_eq!(world.database.count(written).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_once_more_is_sent_once() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let hook = json!({"url": "http://127.0.0.1:9999/hook", "event_types": ["member.added"]});
    let hook = world.post("/webhooks", &ada.access, hook).await.expect(201).text_of("/id");
    let delivery =
        world.post(&format!("/webhooks/{hook}/test"), &ada.access, json!({})).await.expect(201).text_of("/id");
    let span = json!({"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"});
    for (path, body, action) in [
        (format!("/webhooks/{hook}/deliveries/{delivery}/redeliver"), None, "webhook.redelivered"),
        (format!("/webhooks/{hook}/replay"), Some(span), "webhook.replayed"),
    ] {
        for reply in thrice(&world, &path, &ada.access, body).await {
            reply.expect(204);
        }
        let written = format!("SELECT count(*) FROM audit_entries WHERE action = '{action}'");
        assert_eq!(world.database.count(&written).await, 1, "{path}");
    }
}
