use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn the_log_shows_the_whole_way_through() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    world.post("/subscriptions", &ada.access, json!({"service": "SMS_GATEWAY", "plan": "free"})).await.expect(201);
    let usage = json!({"meter": "messages", "quantity": 5, "idempotency_key": "k"});
    world.post("/entitlements/SMS_GATEWAY/usage", &bob.access, usage).await.expect(200);
    let hook = json!({"url": "http://127.0.0.1:9999/hook", "event_types": ["user.created"]});
    world.post("/webhooks", &ada.access, hook).await.expect(201);
    world.post("/auth/refresh", "", json!({"refresh_token": bob.refresh})).await.expect(200);
    world.post("/auth/logout", &bob.access, json!({})).await.expect(204);

    let log = world.audit(&ada).await;
    let actions: BTreeSet<&str> = log.iter().filter_map(|entry| entry["action"].as_str()).collect();
    for action in [
        "organization.created",
        "user.created",
        "member.added",
        "session.started",
        "session.refreshed",
        "session.ended",
        "invitation.created",
        "invitation.accepted",
        "entitlement.activated",
        "entitlement.consumed",
        "webhook.created",
    ] {
        assert!(actions.contains(action), "{action} is missing in {actions:?}");
    }
    let invited = log.iter().find(|entry| entry["action"] == "invitation.created").unwrap();
    assert_eq!(invited["actor"], json!({"kind": "user", "id": ada.user}));
    assert_eq!(invited["organization_id"], ada.organization.as_str());
    assert_eq!(invited["ip"], "127.0.0.1");
    assert!(invited["request_id"].is_string() && invited["time"].as_str().is_some_and(|at| at.ends_with('Z')));
    let changes = invited["changes"].as_array().expect("before and after");
    let role = changes.iter().find(|change| change["field"] == "role").expect("the role is told");
    assert_eq!((&role["before"], &role["after"]), (&Value::Null, &json!("member")));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_filtered_paged_and_nobody_elses() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let eve = world.sign_up("other").await;
    let cyd = world.join(&ada, "cyd@example.com", "member").await;
    world.get("/audit-logs", &cyd.access).await.expect_error(403, "permission_denied");

    let by_cy = world.get(&format!("/audit-logs?actor={}", cyd.user), &ada.access).await.expect(200);
    assert!(!by_cy.data().is_empty());
    assert!(by_cy.data().iter().all(|entry| entry["actor"]["id"] == cyd.user.as_str()));
    let one = world.get("/audit-logs?action=organization.created", &ada.access).await.expect(200);
    assert_eq!(one.data().len(), 1);

    let mut seen = BTreeSet::new();
    let mut path = "/audit-logs?limit=3".to_owned();
    loop {
        let page = world.get(&path, &ada.access).await.expect(200);
        for entry in page.data() {
            assert!(seen.insert(entry["id"].as_str().unwrap().to_owned()), "an entry came twice");
            assert_eq!(entry["organization_id"], ada.organization.as_str());
        }
        match page.body["next_cursor"].as_str() {
            Some(next) => path = format!("/audit-logs?limit=3&cursor={next}"),
            None => break,
        }
    }
    let all = world
        .database
        .count(&format!("SELECT count(*) FROM audit_entries WHERE organization_id = '{}'", ada.organization))
        .await;
    assert_eq!(i64::try_from(seen.len()).unwrap(), all);
    assert!(!world.get("/audit-logs", &eve.access).await.expect(200).text.contains("acme"));

    world.get("/audit-logs?limit=0", &ada.access).await.expect(422);
    world.get("/audit-logs?from=yesterday", &ada.access).await.expect(422);
    world.get("/audit-logs?colour=red", &ada.access).await.expect(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_it_nor_anywhere_in_the_database() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.post("/team/invite", &ada.access, json!({"email": "bob@example.com", "role": "member"})).await.expect(201);
    let invitation = world.mailed_token("bob@example.com", "invitations/accept").await;
    let hook = json!({"url": "http://127.0.0.1:9999/hook", "event_types": ["user.created"]});
    let hook = world.post("/webhooks", &ada.access, hook).await.expect(201);
    let secret = hook.text_of("/secret");
    let tables = [
        "users",
        "sessions",
        "refresh_tokens",
        "mailed_tokens",
        "invitations",
        "webhook_endpoints",
        "webhook_deliveries",
        "audit_entries",
        "audit_personal",
        "events",
        "mails",
        "remembered",
    ];
    for canary in [crate::support::world::PASSWORD, &ada.refresh, &ada.access, &invitation, &secret] {
        for table in tables {
            let sql = format!("SELECT count(*) FROM {table} t WHERE position('{canary}' in t::text) > 0");
            assert_eq!(world.database.count(&sql).await, 0, "a secret stands in {table}");
            let sql = format!(
                "SELECT count(*) FROM {table} t WHERE position(encode(convert_to('{canary}', 'UTF8'), 'hex') in t::text) > 0"
            );
            assert_eq!(world.database.count(&sql).await, 0, "a secret stands in {table} as bytes");
        }
    }
}
