use adapter_crypto::testing::SoftAuthenticator;
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::PASSWORD;
use crate::support::{Reply, World, race};

/// A device whose browser came by the name of this machine: a relying party is no address.
fn soft_authenticator(world: &World) -> SoftAuthenticator {
    SoftAuthenticator::new(&world.base().replace("127.0.0.1", "localhost"))
}

async fn register(world: &World, access: &str, device: &mut SoftAuthenticator) -> String {
    let options = world.post("/me/passkeys/options", access, json!({})).await.expect(200);
    let body = json!({"name": "Laptop", "credential": device.create(&options.body)});
    world.post("/me/passkeys/register", access, body).await.expect(201).text_of("/id")
}

async fn assertion(world: &World, device: &mut SoftAuthenticator) -> Value {
    device.get(&world.post("/auth/passkey/options", "", json!({})).await.expect(200).body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_whose_answer_got_lost_is_told_again() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let mut device = soft_authenticator(&world);
    let options = world.post("/me/passkeys/options", &ada.access, json!({})).await.expect(200);
    let body = json!({"name": "Laptop", "credential": device.create(&options.body)});
    let register = async |key: &str| {
        let request = world.request(Method::POST, "/me/passkeys/register").header("Idempotency-Key", key);
        Reply::of(request.bearer_auth(&ada.access).json(&body).send().await.unwrap()).await
    };
    let made = register("first").await.expect(201);
    assert_eq!(register("first").await.expect(201).body, made.body);
    register("second").await.expect_error(401, "proof_invalid");
    assert_eq!(world.get("/me/passkeys", &ada.access).await.expect(200).data().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_signs_in_alone_and_each_challenge_once() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let mut device = soft_authenticator(&world);
    let id = register(&world, &ada.access, &mut device).await;
    let listed = world.get("/me/passkeys", &ada.access).await.expect(200);
    assert_eq!((listed.data().len(), &listed.data()[0]["name"]), (1, &json!("Laptop")));

    let credential = assertion(&world, &mut device).await;
    let body = json!({"credential": credential});
    let answers = race(10, |_| {
        let request = world.http.post(world.url("/auth/passkey/verify")).json(&body);
        async move { request.send().await.unwrap().status().as_u16() }
    })
    .await;
    assert_eq!(answers.iter().filter(|it| **it == 200).count(), 1, "{answers:?}");

    let credential = assertion(&world, &mut device).await;
    let signed_in = world.post("/auth/passkey/verify", "", json!({"credential": credential})).await.expect(200);
    assert_eq!(signed_in.text_of("/user/id"), ada.user);
    let access = signed_in.text_of("/access_token");
    world.get("/team", &access).await.expect(200);

    world.delete(&format!("/me/passkeys/{id}"), &access).await.expect(204);
    let credential = assertion(&world, &mut device).await;
    world.post("/auth/passkey/verify", "", json!({"credential": credential})).await.expect(401);
    for subject in ["A passkey was added", "A passkey was removed"] {
        crate::support::eventually(subject, async || world.subjects(&ada.email).iter().any(|it| it == subject)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_that_is_gone_lets_nobody_in_where_more_than_one_factor_is_demanded() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let (bob, mel) =
        (world.join(&ada, "bob@example.com", "member").await, world.join(&ada, "mel@example.com", "member").await);
    let mut members = Vec::new();
    for (member, alone) in [(&bob, true), (&mel, false)] {
        let mut device = soft_authenticator(&world);
        let id = register(&world, &member.access, &mut device).await;
        let passkey = assertion(&world, &mut device).await;
        let access = if alone {
            world
                .post("/auth/passkey/verify", "", json!({"credential": passkey}))
                .await
                .expect(200)
                .text_of("/access_token")
        } else {
            let body = json!({"passkey": passkey});
            world.post("/auth/step-up", &member.access, body).await.expect(200).text_of("/access_token")
        };
        members.push((id, access));
    }
    world.enable_mfa(&ada.access).await;
    let path = format!("/organizations/{}", ada.organization);
    for (id, access) in &members {
        world.delete(&format!("/me/passkeys/{id}"), access).await.expect(204);
    }
    world.patch(&path, &ada.access, json!({"require_mfa": true})).await.expect(200);
    for (_, access) in &members {
        world.get("/team", access).await.expect_error(403, "mfa_enrolment_required");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_device_signs_nobody_in() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let mut device = soft_authenticator(&world);
    register(&world, &ada.access, &mut device).await;
    let lies: [fn(&mut SoftAuthenticator); 5] = [
        |it| it.lies.origin = Some("https://evil.test".to_owned()),
        |it| it.lies.relying_party = Some("evil.test".to_owned()),
        |it| it.lies.unverified = true,
        |it| it.lies.tampered = true,
        |it| it.lies.challenge = Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned()),
    ];
    for (i, lie) in lies.into_iter().enumerate() {
        device.lies = adapter_crypto::testing::Lies::default();
        lie(&mut device);
        let credential = assertion(&world, &mut device).await;
        let reply = world.post("/auth/passkey/verify", "", json!({"credential": credential})).await;
        assert_eq!(reply.status, 401, "lie {i}: {}", reply.text);
    }
    let rejected = "SELECT count(*) FROM audit_entries WHERE action = 'passkey.rejected'";
    assert_eq!(world.database.count(rejected).await, 5);
    for body in [json!({}), json!({"credential": null}), json!({"credential": {}}), json!({"credential": "x"})] {
        let status = world.post("/auth/passkey/verify", "", body).await.status.as_u16();
        assert!([401, 422].contains(&status), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_stands_in_for_a_code_and_steps_up() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let mut device = soft_authenticator(&world);
    register(&world, &ada.access, &mut device).await;
    world.enable_mfa(&ada.access).await;
    let passkey = assertion(&world, &mut device).await;
    let login = world.log_in_besides(&ada.email, json!({"passkey": passkey})).await.expect(200);
    world.log_in_besides(&ada.email, json!({"passkey": passkey})).await.expect_error(401, "mfa_invalid");

    let access = login.text_of("/access_token");
    world.clock.advance(TimeDelta::minutes(6));
    world.post("/me/mfa/recovery-codes", &access, json!({})).await.expect_error(403, "step_up_required");
    let passkey = assertion(&world, &mut device).await;
    let stepped = world.post("/auth/step-up", &access, json!({"passkey": passkey})).await.expect(200);
    world.post("/me/mfa/recovery-codes", &stepped.text_of("/access_token"), json!({})).await.expect(200);

    // Another's passkey is good for nothing here.
    let john = world.sign_up("other").await;
    let mut johns = soft_authenticator(&world);
    register(&world, &john.access, &mut johns).await;
    let passkey = assertion(&world, &mut johns).await;
    world.post("/auth/step-up", &access, json!({"passkey": passkey})).await.expect(401);
    let passkey = assertion(&world, &mut johns).await;
    let body = json!({"email": ada.email, "password": PASSWORD, "passkey": passkey});
    world.post("/auth/login", "", body).await.expect_error(401, "mfa_invalid");
}
