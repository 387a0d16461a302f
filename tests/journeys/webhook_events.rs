use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::receiver::{Received, Receiver};
use crate::support::world::{PASSWORD, Person};
use crate::support::{World, eventually};

/// What entitlements announce.
const ELSEWHERE: &str = "entitlement.";

async fn hook(world: &World, by: &Person, receiver: &Receiver, types: &[&str]) -> String {
    let body = json!({"url": receiver.url(), "event_types": types});
    format!("/webhooks/{}", world.post("/webhooks", &by.access, body).await.expect(201).text_of("/id"))
}

/// A member's days from the first to the last but one.
async fn lives(world: &World, ada: &Person) -> Person {
    let post = async |path: &str, body: Value| world.post(path, &ada.access, body).await;
    let bob = world.join(ada, "bob@example.com", "member").await;
    world.patch("/me/profile", &bob.access, json!({"name": "Bob"})).await.expect(200);
    let member = format!("/team/members/{}", bob.user);
    world.patch(&format!("{member}/role"), &ada.access, json!({"role": "admin"})).await.expect(200);
    let grant = format!("{member}/permissions/audit.view");
    world.put(&grant, &ada.access, json!({"effect": "allow"})).await.expect(200);
    world.delete(&grant, &ada.access).await.expect(204);
    for action in ["suspend", "reactivate"] {
        post(&format!("{member}/{action}"), json!({})).await.expect(204);
    }
    let key = post("/api-keys", json!({"name": "key"})).await.expect(201).text_of("/id");
    world.delete(&format!("/api-keys/{key}"), &ada.access).await.expect(204);
    for _ in 0..10 {
        world.log_in_with("bob@example.com", "Wrong-Horse-42").await.expect(401);
    }
    bob
}

/// And what comes then.
async fn ends(world: &World, ada: &Person, bob: &Person) {
    world.delete(&format!("/team/members/{}", bob.user), &ada.access).await.expect(204);
    let zoe = world.join(ada, "zoe@example.com", "member").await;
    world.post("/me/deletion", &zoe.access, json!({})).await.expect(204);
    let organization = format!("/organizations/{}", ada.organization);
    world.patch(&organization, &ada.access, json!({"name": "Acme & Co"})).await.expect(200);
}

fn kind(received: &Received) -> String {
    received.json()["type"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_told_where_it_happens_and_no_secret_with_it() {
    let world = World::new().await;
    let receiver = Receiver::start(&[]);
    let ada = world.sign_up("acme").await;
    let stranger = world.sign_up("other").await;
    world.verify_email(&ada.email).await;
    let types: Vec<&str> = accounts::event_types().into_iter().filter(|it| !it.starts_with(ELSEWHERE)).collect();
    hook(&world, &ada, &receiver, &types).await;
    let idle = hook(&world, &ada, &receiver, &["entitlement.changed"]).await;
    let told = || receiver.all().iter().map(kind).collect::<BTreeSet<_>>();
    let bob = lives(&world, &ada).await;
    // Whose event it is is asked when it is relayed.
    eventually("what a member does is told", async || {
        let told = told();
        ["user.created", "user.updated", "user.locked"].iter().all(|it| told.contains(*it))
    })
    .await;
    ends(&world, &ada, &bob).await;
    world.patch(&idle, &ada.access, json!({"status": "disabled"})).await.expect(200);

    // It was founded before it could ask to be told.
    let wanted: BTreeSet<&str> = types.into_iter().filter(|it| *it != "organization.created").collect();
    let missing = || wanted.iter().filter(|it| !told().contains(**it)).copied().collect::<Vec<_>>();
    // A deleted organization is told that it is, and nothing more.
    eventually("all else arrives", async || missing() == ["organization.deleted"]).await;
    world.delete(&format!("/organizations/{}", ada.organization), &ada.access).await.expect(204);
    eventually("and that", async || missing().is_empty()).await;
    let founded = "SELECT count(*) FROM events WHERE kind = 'organization.created'";
    assert_eq!(world.database.count(founded).await, 2);
    for received in receiver.all() {
        assert_eq!(received.json()["organization_id"], ada.organization.as_str());
        // A hint is how a key begins and ends.
        let body = received.body.replace("hbx_...", "");
        for canary in [PASSWORD, "Wrong-Horse-42", "whsec_", "hbx_", &stranger.user, &stranger.organization] {
            assert!(!body.contains(canary), "{canary} in {body}");
        }
    }
    receiver.stop().await;
}
