//! What keys and personal tokens can do, and what they can't.

use identity::{Factor, Factors, Session};
use kernel::{Actor, Outcome, UnitOfWork};
use serde_json::json;

use super::*;
use crate::extract::Credential;
use crate::route_table;
use crate::testing::{acme, caller, program, second_factor, session, umbrella, user};

fn with(name: &str, request: TestRequest) -> TestRequest {
    by(&program(name).text, request)
}

#[actix_web::test]
async fn what_is_for_persons_takes_no_key_and_no_token() {
    let persons = [Credential::Person, Credential::Optional, Credential::EvenExpired];
    let rows: Vec<_> = route_table().into_iter().filter(|it| persons.contains(&it.credential)).collect();
    assert!(rows.len() >= 40, "{}", rows.len());
    let ask = serve(Ports::default()).await;
    for row in rows {
        for name in ["key", "token"] {
            let method = Method::from_bytes(row.method.as_bytes()).unwrap();
            let answer = ask(with(name, request(method, &path_of(&row)).set_payload("{"))).await;
            assert_eq!(answer.error(), (403, "person_required".to_owned()), "{name} {row:?}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"insufficient_scope\""));
        }
    }
}

/// Every endpoint programs have is here on purpose.
#[test]
fn what_programs_can_call_is_written_down() {
    let mut open: Vec<String> = route_table()
        .into_iter()
        .filter(|it| it.credential == Credential::Any)
        .map(|it| format!("{} {} {}", it.method, it.path, it.permission.as_deref().unwrap_or("-")))
        .collect();
    open.sort();
    assert_eq!(
        open,
        [
            "DELETE /api/v1/organizations/{id}/logo organization.update",
            "DELETE /api/v1/permissions/{permission} team.manage_roles",
            "DELETE /api/v1/team/invitations/{id} team.invite",
            "DELETE /api/v1/team/members/{id} team.remove",
            "DELETE /api/v1/team/members/{id}/permissions/{permission} team.manage_roles",
            "DELETE /api/v1/team/roles/{id} team.manage_roles",
            "DELETE /api/v1/webhooks/{id} webhooks.manage",
            "GET /api/v1/audit-logs audit.view",
            "GET /api/v1/audit-logs/checkpoint audit.view",
            "GET /api/v1/audit-logs/export audit.export",
            "GET /api/v1/audit-logs/verify audit.view",
            "GET /api/v1/audit-logs/{id}/proof audit.view",
            "GET /api/v1/compliance/reports/access audit.view",
            "GET /api/v1/compliance/reports/activity audit.view",
            "GET /api/v1/compliance/reports/security audit.view",
            "GET /api/v1/entitlements entitlements.view",
            "GET /api/v1/entitlements/{service} entitlements.view",
            "GET /api/v1/entitlements/{service}/usage entitlements.view",
            "GET /api/v1/me/profile -",
            "GET /api/v1/organizations/{id} organization.view",
            "GET /api/v1/organizations/{id}/authorization-snapshot team.manage_roles",
            "GET /api/v1/organizations/{id}/logo organization.view",
            "GET /api/v1/organizations/{id}/members team.view",
            "GET /api/v1/permissions team.manage_roles",
            "GET /api/v1/permissions/{permission}/holders team.view",
            "GET /api/v1/services -",
            "GET /api/v1/services/{code} -",
            "GET /api/v1/services/{code}/plans -",
            "GET /api/v1/subscriptions entitlements.view",
            "GET /api/v1/subscriptions/{id} entitlements.view",
            "GET /api/v1/team team.view",
            "GET /api/v1/team/invitations team.invite",
            "GET /api/v1/team/members/{id}/permissions team.manage_roles",
            "GET /api/v1/team/permissions team.manage_roles",
            "GET /api/v1/team/roles team.view",
            "GET /api/v1/team/roles/{id} team.view",
            "GET /api/v1/webhooks webhooks.view",
            "GET /api/v1/webhooks/event-types webhooks.view",
            "GET /api/v1/webhooks/{id} webhooks.view",
            "GET /api/v1/webhooks/{id}/deliveries webhooks.view",
            "GET /api/v1/webhooks/{id}/deliveries/{delivery} webhooks.view",
            "PATCH /api/v1/organizations/{id} organization.update",
            "PATCH /api/v1/subscriptions/{id} entitlements.manage",
            "PATCH /api/v1/team/members/{id}/role team.manage_roles",
            "PATCH /api/v1/team/roles/{id} team.manage_roles",
            "PATCH /api/v1/webhooks/{id} webhooks.manage",
            "POST /api/v1/decisions -",
            "POST /api/v1/entitlements/{service}/check entitlements.view",
            "POST /api/v1/entitlements/{service}/reservations entitlements.consume",
            "POST /api/v1/entitlements/{service}/usage entitlements.consume",
            "POST /api/v1/organizations/{id}/leave -",
            "POST /api/v1/permissions team.manage_roles",
            "POST /api/v1/permissions/check -",
            "POST /api/v1/reservations/{id}/confirm entitlements.consume",
            "POST /api/v1/reservations/{id}/release entitlements.consume",
            "POST /api/v1/subscriptions entitlements.manage",
            "POST /api/v1/subscriptions/{id}/cancel entitlements.manage",
            "POST /api/v1/subscriptions/{id}/resume entitlements.manage",
            "POST /api/v1/team/invitations/{id}/resend team.invite",
            "POST /api/v1/team/invite team.invite",
            "POST /api/v1/team/members/{id}/reactivate team.edit",
            "POST /api/v1/team/members/{id}/suspend team.remove",
            "POST /api/v1/team/roles team.manage_roles",
            "POST /api/v1/usage/batch entitlements.consume",
            "POST /api/v1/webhooks webhooks.manage",
            "POST /api/v1/webhooks/{id}/deliveries/{delivery}/redeliver webhooks.manage",
            "POST /api/v1/webhooks/{id}/replay webhooks.manage",
            "POST /api/v1/webhooks/{id}/rotate-secret webhooks.manage",
            "POST /api/v1/webhooks/{id}/test webhooks.manage",
            "PUT /api/v1/organizations/{id}/logo organization.update",
            "PUT /api/v1/team/members/{id}/permissions/{permission} team.manage_roles",
        ]
    );
}

/// Where the owner is there, and acme.
fn ports() -> Ports {
    let mut ports = Ports::of("owner");
    ports.organizations.expect_find().returning(|_| Ok(Some(tenancy::testing::acme(acme()))));
    ports
}

#[actix_web::test]
async fn a_key_is_told_its_organization_and_a_token_its_user() {
    let key = send(ports(), with("key", get("/v1/me/profile"))).await;
    let organization = json!({"id": acme(), "name": "Acme", "slug": "acme"});
    let told = json!({"type": "organization", "organization": organization, "role": "admin"});
    assert_eq!((key.status, key.json()), (200, told));
    let scoped = send(ports(), with("scoped", get("/v1/me/profile"))).await;
    assert_eq!((&scoped.json()["type"], &scoped.json()["role"]), (&json!("organization"), &Value::Null));
    let token = send(ports(), with("token", get("/v1/me/profile"))).await;
    assert_eq!((&token.json()["type"], &token.json()["id"]), (&json!("user"), &json!(user("owner").id)));
    let bare = get("/v1/me/profile").insert_header(("Authorization", program("key").text));
    assert_eq!(send(ports(), bare).await.status, 200);
}

#[actix_web::test]
async fn a_key_acts_in_its_own_organization_only() {
    let blank = |answer: &Answer| answer.text.replace(answer.header("x-request-id").unwrap(), "");
    for path in ["/v1/team", "/v1/me/profile"] {
        let at = |id: String| send(Ports::default(), with("key", get(path)).insert_header(("X-Tenant", id)));
        let (other, unknown) = (at(umbrella().to_string()).await, at(user("owner").id.to_string()).await);
        assert_eq!(other.error(), (404, "not_found".to_owned()), "{path}");
        assert_eq!(blank(&other), blank(&unknown));
    }
    // A person's token goes where the person goes.
    let mut ports = Ports::default();
    ports
        .team
        .expect_list()
        .withf(|it, _| *it == umbrella())
        .returning(|_, _| Ok(kernel::Page { data: vec![], next: None }));
    let there = with("token", get("/v1/team")).insert_header(("X-Tenant", umbrella().to_string()));
    assert_eq!(send(ports, there).await.status, 200);
}

#[actix_web::test]
async fn scopes_hold_at_every_door() {
    for name in ["scoped", "token"] {
        let mut ports = Ports::default();
        ports.team.expect_list().returning(|_, _| Ok(kernel::Page { data: vec![], next: None }));
        assert_eq!(send(ports, with(name, get("/v1/team"))).await.status, 200);

        // Its maker could.
        let mut ports = Ports::default();
        let is_refusal = |unit: &UnitOfWork<accounts::Change>| {
            let entry = &unit.evidence.audit[0];
            let (key, maker) = (program("scoped").key.id, caller("owner").unwrap().user);
            let token = Actor::Token { id: program("token").key.id, user: maker };
            entry.outcome == Outcome::Refused("permission_denied")
                && (entry.actor == Actor::Key { id: key, maker } || entry.actor == token)
        };
        ports.accounts.expect_commit().withf(is_refusal).times(1).returning(|_| Ok(()));
        let answer = send(ports, with(name, request(Method::POST, "/v1/team/invite").set_payload("{"))).await;
        assert_eq!(answer.error(), (403, "permission_denied".to_owned()), "{name}");
        assert_eq!(answer.json()["required_permission"], "team.invite");
    }
}

#[actix_web::test]
async fn a_key_asks_about_itself() {
    let ask = |name, permission| {
        let body = json!({"permission": permission});
        send(Ports::default(), with(name, post("/v1/permissions/check", &body)))
    };
    assert_eq!(ask("scoped", "team.view").await.json()["allowed"], true);
    let beyond = ask("scoped", "team.invite").await.json();
    assert_eq!((&beyond["allowed"], &beyond["reason"]), (&json!(false), &json!("not_in_scopes")));
    assert_eq!(ask("key", "team.invite").await.json()["allowed"], true);
    // What an admin does not hold.
    assert_eq!(ask("key", "organization.delete").await.json()["reason"], "not_in_scopes");
}

#[actix_web::test]
async fn what_is_no_key_of_ours_opens_nothing() {
    let good = program("key").text;
    let cut = good[..good.len() - 1].to_owned();
    let other = good.replace(&good[4..6], "ff");
    for bad in ["hbx_", "pcp_x", &cut, &format!("{good}0"), &other, &good.to_uppercase(), &good.replace("hbx", "pcp")] {
        let answer = send(Ports::default(), by(bad, get("/v1/me/profile"))).await;
        assert_eq!(answer.error(), (401, "token_invalid".to_owned()), "{bad}");
    }
    let asked = format!("/v1/services?access_token={good}&api_key={good}&token={good}");
    assert_eq!(send(Ports::default(), get(&asked)).await.error(), (401, "token_missing".to_owned()));
}

#[actix_web::test]
async fn where_more_than_one_factor_is_demanded_who_gave_one_stays_out() {
    let demanding = |factors: &[Factor], has_mfa: bool| {
        let mut ports = Ports { require_mfa: true, ..Ports::default() };
        let session = Session { factors: Factors::of(factors.iter().copied()), ..session("owner") };
        ports.sessions.expect_by_id().returning(move |_| Ok(Some(session.clone())));
        ports.totps.expect_of().returning(move |_| Ok(has_mfa.then(|| second_factor("owner").0)));
        ports.team.expect_list().returning(|_, _| Ok(kernel::Page { data: vec![], next: None }));
        ports
    };
    let enrol = (403, "mfa_enrolment_required".to_owned());
    let answer = send(demanding(&[Factor::Password], false), by("owner", get("/v1/team"))).await;
    assert_eq!(answer.error(), enrol);
    let answer = send(demanding(&[Factor::Password], true), by("owner", get("/v1/team"))).await;
    assert_eq!(answer.error(), (403, "step_up_required".to_owned()));
    let answer = send(demanding(&[Factor::Password, Factor::Totp], true), by("owner", get("/v1/team"))).await;
    assert_eq!(answer.status, 200);
    for name in ["key", "token"] {
        assert_eq!(send(demanding(&[], true), with(name, get("/v1/team"))).await.error(), enrol);
    }
}
