use serde_json::json;

use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_second_factor_can_only_enrol() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    let path = format!("/organizations/{}", ada.organization);
    // Who would lock themselves out is told.
    let demand = json!({"require_mfa": true});
    world.patch(&path, &ada.access, demand.clone()).await.expect_error(403, "mfa_enrolment_required");
    world.patch(&path, &bob.access, demand.clone()).await.expect_error(403, "permission_denied");
    world.verify_email(&ada.email).await;
    let key = json!({"name": "from before"});
    let key = world.post("/api-keys", &ada.access, key).await.expect(201).text_of("/key");
    world.enable_mfa(&ada.access).await;
    let later = world.post("/api-keys", &ada.access, json!({"name": "from after"})).await.expect(201).text_of("/key");
    let changed = world.patch(&path, &ada.access, demand).await.expect(200);
    assert_eq!(changed.body["require_mfa"], true);

    world.get("/team", &bob.access).await.expect_error(403, "mfa_enrolment_required");
    world.get("/team", &key).await.expect_error(403, "mfa_enrolment_required");
    world.get("/team", &later).await.expect(200);
    world.get("/team", &ada.access).await.expect(200);
    // Another organization of his is his own business.
    let login = world.log_in(&bob.email).await.expect(200).text_of("/access_token");
    world.get("/team", &login).await.expect_error(403, "mfa_enrolment_required");
    world.get("/auth/me", &login).await.expect(200);

    let (bobs, _) = world.enable_mfa(&bob.access).await;
    world.get("/team", &bob.access).await.expect(200);
    let code = bobs.code(&world, 0);
    let login = world.log_in_besides(&bob.email, json!({"totp_code": code})).await.expect(200);
    world.get("/team", &login.text_of("/access_token")).await.expect(200);
    world.post("/me/mfa/disable", &bob.access, json!({})).await.expect_error(409, "mfa_demanded");

    world.patch(&path, &later, json!({"require_mfa": false})).await.expect_error(403, "person_required");
    world.patch(&path, &ada.access, json!({"require_mfa": false})).await.expect(200);
    world.post("/me/mfa/disable", &bob.access, json!({})).await.expect(204);
    world.get("/team", &key).await.expect(200);
    let actions: Vec<_> = world.audit(&ada).await.iter().map(|it| it["action"].clone()).collect();
    assert_eq!(actions.iter().filter(|it| *it == "organization.updated").count(), 2, "{actions:?}");
}
