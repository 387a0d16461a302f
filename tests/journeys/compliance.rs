use chrono::TimeDelta;
use kernel::rfc3339;
use serde_json::{Value, json};

use crate::support::World;

fn of<'a>(report: &'a Value, user: &str) -> &'a Value {
    let members = report["members"].as_array().expect("members");
    members.iter().find(|it| it["user_id"] == user).unwrap_or_else(|| panic!("{user} is not in {report}"))
}

fn may(report: &Value, user: &str, permission: &str) -> bool {
    of(report, user)["permissions"].as_array().expect("permissions").contains(&json!(permission))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_access_report_tells_how_it_is_and_how_it_was() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    let cyd = world.join(&ada, "cyd@example.com", "member").await;
    let member = |who: &str| format!("/team/members/{who}");
    let role = json!({"key": "auditor", "name": "Auditor", "permissions": ["audit.view"], "inherits": ["member"]});
    let role = world.post("/team/roles", &ada.access, role).await.expect(201).text_of("/id");
    world.patch(&format!("{}/role", member(&bob.user)), &ada.access, json!({"role": "auditor"})).await.expect(200);
    let grant = format!("{}/permissions/team.invite", member(&cyd.user));
    world.put(&grant, &ada.access, json!({"effect": "allow"})).await.expect(200);
    world.put(&grant, &ada.access, json!({"effect": "deny"})).await.expect(200);
    let reports = async |query: &str| {
        world.get(&format!("/compliance/reports/access{query}"), &ada.access).await.expect(200).body
    };
    let then = reports("").await;
    let at = rfc3339(world.now());
    assert!(may(&then, &bob.user, "audit.view") && may(&then, &bob.user, "team.view"));
    assert!(!may(&then, &cyd.user, "team.invite") && !may(&then, &cyd.user, "audit.view"));
    assert_eq!(of(&then, &bob.user)["email"], "bob@example.com");

    // Then everything becomes another.
    world.clock.advance(TimeDelta::minutes(1));
    world.put(&grant, &ada.access, json!({"effect": "allow"})).await.expect(200);
    world.patch(&format!("{}/role", member(&bob.user)), &ada.access, json!({"role": "member"})).await.expect(200);
    world.patch(&format!("/team/roles/{role}"), &ada.access, json!({"permissions": []})).await.expect(200);
    world.delete(&member(&cyd.user), &ada.access).await.expect(204);
    let now = reports("").await;
    assert!(!may(&now, &bob.user, "audit.view"));
    assert_eq!(now["members"].as_array().unwrap().len(), 2);

    let mut past = reports(&format!("?at={at}")).await;
    assert_eq!(of(&past, &cyd.user)["email"], Value::Null, "no member any more");
    // Of who is gone it tells what it told, but for the name.
    for field in ["members", "permissions"] {
        let mut told = then[field].clone();
        for it in told.as_array_mut().unwrap().iter_mut().filter(|it| it["user_id"] == cyd.user.as_str()) {
            (it["email"], it["username"]) = (Value::Null, Value::Null);
        }
        assert_eq!(past[field].take(), told, "{field}");
    }
    world.get("/compliance/reports/access?at=yesterday", &ada.access).await.expect(422);

    let csv = world.get(&format!("/compliance/reports/access?format=csv&at={at}"), &ada.access).await.expect(200);
    let mut lines = csv.text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let place = header.iter().position(|it| *it == "audit.view").expect("a column for each permission");
    let row: Vec<&str> = lines.find(|it| it.contains(&bob.user)).unwrap().split(',').collect();
    assert_eq!((row[4], row[5], row[place]), ("auditor", "active", "yes"));
}

#[tokio::test(flavor = "multi_thread")]
async fn activity_and_security_are_counted() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    world.get("/audit-logs", &bob.access).await.expect_error(403, "permission_denied");
    world.verify_email(&ada.email).await;
    world.post("/api-keys", &ada.access, json!({"name": "key"})).await.expect(201);
    let activity = world.get("/compliance/reports/activity", &ada.access).await.expect(200);
    let all = world
        .database
        .count(&format!("SELECT count(*) FROM audit_entries WHERE organization_id = '{}'", ada.organization))
        .await;
    assert_eq!(activity.body["entries"].as_i64(), Some(all), "{}", activity.text);
    for by in ["actions", "actors", "days"] {
        let sum: i64 = activity.body[by].as_array().unwrap().iter().map(|it| it["entries"].as_i64().unwrap()).sum();
        assert_eq!(sum, all, "{by}: {}", activity.text);
    }
    let invited = json!({"action": "invitation.created", "outcome": "done", "entries": 1});
    assert!(activity.body["actions"].as_array().unwrap().contains(&invited), "{}", activity.text);

    let security = world.get("/compliance/reports/security", &ada.access).await.expect(200);
    let denied = json!({"action": "access.denied", "outcome": "refused", "reason": "permission_denied", "entries": 1});
    let told = security.body["actions"].as_array().unwrap();
    assert!(told.contains(&denied) && security.body["refused"] == 1, "{}", security.text);
    assert!(
        told.iter().any(|it| it["action"] == "api_key.created")
            && !told.iter().any(|it| it["action"] == "invitation.created")
    );
    let none = "/compliance/reports/activity?from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z";
    assert_eq!(world.get(none, &ada.access).await.expect(200).body["entries"], 0);
    world.get("/compliance/reports/security?from=2020-01-01T00:00:00Z", &ada.access).await.expect(422);

    for (report, header) in [("activity", "from,to,by,value,"), ("security", "action,outcome,reason,entries")] {
        let csv = world.get(&format!("/compliance/reports/{report}?format=csv"), &ada.access).await.expect(200);
        assert!(csv.text.starts_with(header), "{}", csv.text);
    }
    assert_eq!(world.get("/audit-logs?action=audit.exported", &ada.access).await.expect(200).data().len(), 2);
    // To look at one needs less than to take it away.
    let grant = format!("/team/members/{}/permissions/audit.view", bob.user);
    world.put(&grant, &ada.access, json!({"effect": "allow"})).await.expect(200);
    world.get("/compliance/reports/activity", &bob.access).await.expect(200);
    world.get("/compliance/reports/activity?format=csv", &bob.access).await.expect_error(403, "permission_denied");
}
