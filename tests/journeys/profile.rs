use serde_json::{Value, json};

use crate::support::{Reply, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_read_and_changed() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let profile = world.get("/me/profile", &ada.access).await.expect(200);
    assert_eq!(profile.body["type"], "user");
    assert_eq!((&profile.body["id"], &profile.body["name"]), (&json!(ada.user), &Value::Null));

    let patch = async |body: Value| world.patch("/me/profile", &ada.access, body).await;
    let named = patch(json!({"name": " Ada Lovelace ", "username": "countess"})).await.expect(200);
    assert_eq!((&named.body["name"], &named.body["username"]), (&json!("Ada Lovelace"), &json!("countess")));
    assert_eq!(patch(json!({})).await.expect(200).body, named.body);
    assert_eq!(patch(json!({"name": null})).await.expect(200).body["name"], Value::Null);
    let bad = patch(json!({"username": "a b", "name": "\u{202e}x"})).await.expect(422);
    assert!(bad.body["errors"]["username"].is_array() && bad.body["errors"]["name"].is_array(), "{}", bad.text);
    patch(json!({"username": null})).await.expect(422);
    world.sign_up("other").await;
    patch(json!({"username": "OTHER"})).await.expect_error(409, "username_taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_stored_is_exported() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.log_in(&ada.email).await.expect(200);
    world.log_in_with(&ada.email, "Wrong-Horse-42").await.expect(401);
    let request = world.http.get(world.url("/me/export")).bearer_auth(&ada.access);
    let export = Reply::of(request.send().await.unwrap()).await.expect(200);
    assert!(export.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert!(export.headers["cache-control"].to_str().unwrap().contains("no-store"));
    assert_eq!(export.body["user"]["email"], json!(ada.email));
    assert_eq!(export.body["sessions"].as_array().unwrap().len(), 2);
    assert_eq!(export.body["organizations"][0]["organization"]["slug"], "acme");
    let actions: Vec<_> =
        export.body["audit_entries"].as_array().unwrap().iter().map(|it| it["action"].clone()).collect();
    for action in ["user.created", "session.started", "session.login_failed"] {
        assert!(actions.contains(&json!(action)), "{action} is missing in {actions:?}");
    }
    // A hash is nobody's business, and not the owner's either.
    assert!(!export.text.contains("argon2"), "{}", export.text);

    let eve = world.sign_up("other").await;
    let others = world.get("/me/export", &eve.access).await.expect(200);
    assert!(!others.text.contains(&ada.email), "{}", others.text);
}
