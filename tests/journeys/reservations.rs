use chrono::TimeDelta;
use futures::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::entitlements::{subscribed, usage};
use crate::support::{Reply, World};

#[tokio::test(flavor = "multi_thread")]
async fn work_whose_size_is_known_only_afterwards() {
    let world = World::new().await;
    let ada = subscribed(&world).await;
    let reserve = async |quantity: i64| {
        let body = json!({"meter": "messages", "quantity": quantity, "expires_in": 60});
        world.post("/entitlements/SMS_GATEWAY/reservations", &ada.access, body).await
    };
    let made = reserve(70).await.expect(201);
    assert_eq!((&made.body["status"], &made.body["remaining"]), (&json!("open"), &json!(30)));
    let over = reserve(31).await.expect_error(429, "quota_exceeded");
    assert_eq!((&over.body["accepted"], &over.body["remaining"]), (&json!(false), &json!(30)));
    world.post("/entitlements/SMS_GATEWAY/usage", &ada.access, usage(31, "k")).await.expect(429);
    let shown = world.get("/entitlements/SMS_GATEWAY", &ada.access).await.expect(200);
    assert_eq!(
        (&shown.body["features"][0]["reserved"], &shown.body["features"][0]["remaining"]),
        (&json!(70), &json!(30))
    );

    let path = |what: &str| format!("/reservations/{}/{what}", made.text_of("/id"));
    let confirmed = world.post(&path("confirm"), &ada.access, json!({"quantity": 12})).await.expect(200);
    assert_eq!((&confirmed.body["used"], &confirmed.body["remaining"]), (&json!(12), &json!(88)));
    world.post(&path("confirm"), &ada.access, json!({"quantity": 12})).await.expect(200);
    let other = world.post(&path("confirm"), &ada.access, json!({"quantity": 13})).await;
    assert_eq!(other.expect_error(409, "illegal_state").body["status"], "confirmed");
    world.post(&path("release"), &ada.access, json!({})).await.expect_error(409, "illegal_state");

    let path = format!("/reservations/{}", reserve(88).await.expect(201).text_of("/id"));
    world.post(&format!("{path}/release"), &ada.access, json!({})).await.expect(204);
    world.post(&format!("{path}/release"), &ada.access, json!({})).await.expect(204);
    let id = reserve(88).await.expect(201).text_of("/id");
    world.clock.advance(TimeDelta::seconds(61));
    let late = world.post(&format!("/reservations/{id}/confirm"), &ada.access, json!({})).await;
    assert_eq!(late.expect_error(409, "illegal_state").body["status"], "expired");
    world.post("/entitlements/SMS_GATEWAY/usage", &ada.access, usage(88, "rest")).await.expect(200);

    let eve = world.sign_up("other").await;
    for what in ["confirm", "release"] {
        world.post(&format!("/reservations/{id}/{what}"), &eve.access, json!({})).await.expect_error(404, "not_found");
    }
    for (field, body) in [
        ("quantity", json!({"meter": "messages", "quantity": 0})),
        ("expires_in", json!({"meter": "messages", "quantity": 1, "expires_in": 604_801})),
        ("meter", json!({"meter": "faxes", "quantity": 1})),
    ] {
        let bad = world.post("/entitlements/SMS_GATEWAY/reservations", &ada.access, body).await.expect(422);
        assert!(bad.body["errors"][field].is_array(), "{}", bad.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_is_made_once_under_one_idempotency_key() {
    let world = World::new().await;
    let ada = subscribed(&world).await;
    let reserve = async |quantity: i64| {
        let body = json!({"meter": "messages", "quantity": quantity});
        let request = world.request(Method::POST, "/entitlements/SMS_GATEWAY/reservations").bearer_auth(&ada.access);
        Reply::of(request.header("Idempotency-Key", "job-1").json(&body).send().await.unwrap()).await
    };
    let replies = join_all((0..8).map(|_| reserve(10))).await;
    assert!(replies.iter().all(|it| it.status == 201 && it.body == replies[0].body), "{replies:#?}");
    assert_eq!(world.database.count("SELECT count(*) FROM reservations").await, 1);
    reserve(11).await.expect_error(422, "idempotency_key_reused");
}
