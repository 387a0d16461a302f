use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::PASSWORD;
use crate::support::{Reply, World};

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
