use std::sync::Arc;

use async_trait::async_trait;
use entitlements::{Answer as MeterAnswer, Balance, Deed, Order, catalogue};
use kernel::testing::NOON;
use kernel::{Fault, Page, PageRequest};
use serde_json::json;

use super::*;
use crate::Part;
use crate::testing::{acme, caller};

#[actix_web::test]
async fn permissions_are_checked_one_by_one_or_many_at_once() {
    let ask = |path: &str, body: Value| send(Ports::default(), by("member", post(path, &body)));
    let one = ask("/v1/permissions/check", json!({"permission": "team.view"})).await;
    assert_eq!(one.json(), json!({"permission": "team.view", "allowed": true, "reason": "held_by_role"}));
    let many = ask("/v1/permissions/check?explain=true&consistency=full", json!({"permissions": ["team.view", "a.b"]}));
    assert_eq!(
        many.await.json()["results"],
        json!([
            {"permission": "team.view", "allowed": true, "reason": "held_by_role",
             "because": [{"kind": "role", "role": "member", "permission": "team.view"}]},
            {"permission": "a.b", "allowed": false, "reason": "unknown_permission", "because": []},
        ])
    );
    let single = ask("/v1/permissions/check", json!({"permissions": ["team.view"]})).await;
    assert_eq!(single.json()["results"].as_array().unwrap().len(), 1);
    let other = json!({"permission": "team.view", "user_id": caller("suspended").unwrap().user});
    assert_eq!(ask("/v1/permissions/check", other).await.json()["reason"], "member_suspended");
    let stranger = json!({"permission": "team.view", "user_id": caller("stranger").unwrap().user});
    assert_eq!(ask("/v1/permissions/check", stranger).await.error(), (404, "not_found".to_owned()));
}

#[actix_web::test]
async fn bad_questions_are_told_apart() {
    let ask = |path: &str, body: Value| send(Ports::default(), by("member", post(path, &body)));
    let bad = ask("/v1/permissions/check", json!({"permissions": ["team.view", "*"], "user_id": "x"})).await;
    let errors = bad.json()["errors"].clone();
    assert_eq!(errors.as_object().unwrap().keys().collect::<Vec<_>>(), ["permissions.1", "user_id"]);
    let fifty_one = vec!["team.view"; 51];
    assert_eq!(ask("/v1/permissions/check", json!({"permissions": fifty_one})).await.status, 422);
    assert_eq!(ask("/v1/permissions/check?consistency=some", json!({"permission": "a.b"})).await.status, 422);
    assert_eq!(ask("/v1/permissions/check?explain=1", json!({"permission": "a.b"})).await.status, 422);
}

const USAGE: &str = "/v1/entitlements/SMS_GATEWAY/usage";

/// A meter that answers an order of five messages so.
async fn used(answer: MeterAnswer) -> Answer {
    let mut ports = Ports::default();
    let is_meant = |orders: &Vec<Order>| {
        let [Order { meter, deed: Deed::Consume { quantity: 5, .. }, .. }] = orders.as_slice() else { return false };
        (meter.organization, meter.service.as_str(), meter.meter.as_str()) == (acme(), "SMS_GATEWAY", "messages")
    };
    ports.meters.expect_deal().withf(is_meant).return_once(move |_| Ok(vec![answer]));
    let body = json!({"meter": "messages", "quantity": 5, "idempotency_key": "k"});
    send(ports, by("member", post(USAGE, &body))).await
}

fn balance(used: i64) -> Balance {
    Balance { used, remaining: 100 - used, limit: 100, resets_at: "2026-02-15T12:00:00Z".parse().ok() }
}

#[actix_web::test]
async fn usage_within_the_quota_is_accepted() {
    let answer = used(MeterAnswer::Accepted(balance(5))).await;
    assert_eq!(answer.status, 200);
    let resets_at = "2026-02-15T12:00:00Z";
    let expected = json!({
        "accepted": true, "meter": "messages", "used": 5, "remaining": 95, "limit": 100, "resets_at": resets_at,
    });
    assert_eq!(answer.json(), expected);
}

#[actix_web::test]
async fn usage_over_the_quota_says_how_much_is_left_and_when_there_is_more() {
    let answer = used(MeterAnswer::Exceeded(balance(98))).await;
    assert_eq!(answer.error(), (429, "quota_exceeded".to_owned()));
    let body = answer.json();
    assert_eq!((&body["code"], &body["accepted"]), (&json!("QUOTA_EXCEEDED"), &json!(false)));
    assert_eq!((&body["used"], &body["remaining"], &body["limit"]), (&json!(98), &json!(2), &json!(100)));
    assert_eq!(answer.header("retry-after"), Some((31 * 24 * 3600 + 1).to_string().as_str()));
}

#[actix_web::test]
async fn services_come_page_by_page() {
    let ports = || {
        let mut ports = Ports::default();
        ports.catalogue.expect_services().returning(|| Ok(catalogue::initial()));
        ports
    };
    let all = send(ports(), by("member", get("/v1/services"))).await.json();
    assert_eq!((all["data"].as_array().unwrap().len(), &all["next_cursor"]), (7, &Value::Null));
    assert_eq!(
        all["data"][0]["plans"][0]["features"],
        json!([{"key": "transactions", "kind": "meter", "limit": 100, "period": "month", "limit_kind": "hard",
            "rollover": 0}])
    );
    let first = send(ports(), by("member", get("/v1/services?limit=5"))).await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = send(ports(), by("member", get(&format!("/v1/services?limit=5&cursor={cursor}")))).await.json();
    assert_eq!(rest["data"].as_array().unwrap().as_slice(), &all["data"].as_array().unwrap()[5..]);
    assert_eq!(rest["next_cursor"], Value::Null);
}

#[actix_web::test]
async fn what_is_retired_is_shown_to_administrators_alone() {
    let ports = || {
        let mut ports = Ports::of("owner");
        let mut services = catalogue::initial();
        services[0].retired_at = Some(NOON);
        services[1].plans[0].retired_at = Some(NOON);
        let all = services.clone();
        ports.catalogue.expect_services().returning(move || Ok(all.clone()));
        ports
            .catalogue
            .expect_service()
            .returning(move |code| Ok(services.iter().find(|it| it.code == *code).cloned()));
        ports
    };
    let ask = async |path: &str| send(ports(), by("owner", get(path))).await;
    let count = |list: Value| list["data"].as_array().unwrap().len();
    assert_eq!(count(ask("/v1/services").await.json()), 6);
    assert_eq!(count(ask("/v1/services/SMS_GATEWAY/plans").await.json()), 2);
    assert_eq!(ask("/v1/services/SMS_GATEWAY").await.json()["plans"].as_array().unwrap().len(), 2);
    for path in ["/v1/services/PAYMENT_GATEWAY", "/v1/services/PAYMENT_GATEWAY/plans", "/v1/services/x"] {
        assert_eq!(ask(path).await.error(), (404, "not_found".to_owned()), "{path}");
    }
    let all = ask("/v1/admin/services").await.json();
    assert_eq!(count(all.clone()), 7);
    assert_eq!(all["data"][0]["retired_at"], json!("2026-01-15T12:00:00Z"));
    assert_eq!(all["data"][1]["plans"][0]["retired_at"], json!("2026-01-15T12:00:00Z"));
}

#[actix_web::test]
async fn the_audit_log_is_filtered_by_what_the_query_says() {
    let mut ports = Ports::default();
    let is_meant = |_: &_, filter: &audit::Filter, page: &PageRequest| {
        filter.action.as_deref() == Some("member.added") && filter.from == Some(NOON) && page.limit == 2
    };
    ports.trail.expect_list().withf(is_meant).times(1).returning(|_, _, _| Ok(Page { data: vec![], next: None }));
    let path = "/v1/audit-logs?action=member.added&from=2026-01-15T13:00:00%2B01:00&limit=2";
    assert_eq!(send(ports, by("owner", get(path))).await.status, 200);
    let bad = send(Ports::default(), by("owner", get("/v1/audit-logs?from=yesterday&limit=0&sort=id"))).await;
    let errors = bad.json()["errors"].clone();
    assert_eq!(errors.as_object().unwrap().keys().collect::<Vec<_>>(), ["limit", "sort"]);
    let bad = send(Ports::default(), by("owner", get("/v1/audit-logs?from=yesterday"))).await;
    assert_eq!(bad.error(), (422, "invalid".to_owned()));
}

#[actix_web::test]
async fn each_of_many_invitations_has_its_own_result() {
    let body = json!({"invitations": [{"email": "no address", "role": "member"}, {"email": "a@x.test", "role": "NO"}]});
    let mut ports = Ports::default();
    ports.organizations.expect_find().returning(|_| Ok(Some(tenancy::testing::acme(acme()))));
    ports.invitations.expect_name_of().returning(|_| Ok(None));
    let answer = send(ports, by("owner", post("/v1/team/invite", &body))).await;
    assert_eq!(answer.status, 200);
    let data = answer.json()["data"].clone();
    assert_eq!((&data[1]["index"], &data[1]["status"]), (&json!(1), &json!("failed")));
    assert_eq!(data[0]["error"]["errors"]["email"], json!(["The email field must be a valid email address."]));
    assert_eq!(data[1]["error"]["errors"]["role"], json!(["There is no such role."]));
}

struct Silent;

#[async_trait]
impl Part for Silent {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> Result<(), Fault> {
        Err(Fault::Unavailable("secret".into()))
    }
}

#[actix_web::test]
async fn what_is_not_ready_is_named() {
    let ready = send(Ports::default(), get("/readyz")).await;
    assert_eq!((ready.status, ready.json()), (200, json!({"status": "ready"})));
    let ports = Ports { parts: vec![Arc::new(Silent)], ..Ports::default() };
    let answer = send(ports, get("/readyz")).await;
    assert_eq!(answer.error(), (503, "service_unavailable".to_owned()));
    assert_eq!(answer.json()["parts"], json!(["database"]));
    assert!(!answer.text.contains("secret"));
}
