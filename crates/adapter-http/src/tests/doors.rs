use actix_web::http::Method;
use kernel::{Outcome, UnitOfWork};
use serde_json::json;

use super::*;
use crate::extract::Credential;
use crate::route_table;
use crate::testing::caller;

#[actix_web::test]
async fn every_guarded_endpoint_refuses_strangers_before_it_reads_anything() {
    let is_guarded = |it: &crate::RouteRow| [Credential::Person, Credential::Any].contains(&it.credential);
    let guarded = route_table().into_iter().filter(is_guarded);
    let mut count = 0;
    let ask = serve(Ports::default()).await;
    for row in guarded {
        let method = Method::from_bytes(row.method.as_bytes()).unwrap();
        let path = path_of(&row);
        let answer = ask(request(method.clone(), &path)).await;
        assert_eq!(answer.error(), (401, "token_missing".to_owned()), "{row:?}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        let answer = ask(by("forged", request(method.clone(), &path))).await;
        assert_eq!(answer.error(), (401, "token_invalid".to_owned()), "{row:?}");
        let answer = ask(by("expired-owner", request(method, &path))).await;
        assert_eq!(answer.error(), (401, "token_expired".to_owned()), "{row:?}");
        count += 1;
    }
    assert!(count >= 50, "{count}");
}

#[actix_web::test]
async fn a_missing_permission_is_named_and_written_down_before_the_body_is_read() {
    let mut ports = Ports::default();
    let is_refusal = |unit: &UnitOfWork<accounts::Change>| {
        unit.changes.is_empty() && unit.evidence.audit[0].outcome == Outcome::Refused("permission_denied")
    };
    ports.accounts.expect_commit().withf(is_refusal).times(1).returning(|_| Ok(()));
    let answer = send(ports, by("member", request(Method::POST, "/api/v1/team/invite").set_payload("{"))).await;
    assert_eq!(answer.error(), (403, "permission_denied".to_owned()));
    assert_eq!(answer.json()["required_permission"], "team.invite");
}

#[actix_web::test]
async fn a_suspended_member_is_out() {
    let answer = send(Ports::default(), by("suspended", get("/v1/team"))).await;
    assert_eq!(answer.error(), (403, "member_suspended".to_owned()));
    assert_eq!(answer.json()["status"], "suspended");
}

#[actix_web::test]
async fn foreign_and_unknown_organizations_are_one_answer() {
    let mut ports = Ports::default();
    ports.organizations.expect_find().returning(|_| Ok(None));
    let unknown = send(ports, by("owner", get("/v1/team")).insert_header(("X-Tenant", "no-such"))).await;
    let foreign = send(Ports::default(), by("stranger", get("/v1/team"))).await;
    let blank = |answer: &Answer| answer.text.replace(answer.header("x-request-id").unwrap(), "");
    assert_eq!(unknown.error(), (404, "not_found".to_owned()));
    assert_eq!(blank(&unknown), blank(&foreign));
}

#[actix_web::test]
async fn headers_that_could_be_read_two_ways_are_refused() {
    let twice = |name: &'static str, a: &'static str, b: &'static str| {
        get("/v1/team").append_header((name, a)).append_header((name, b))
    };
    let answer = send(Ports::default(), twice("Authorization", "Bearer owner", "Bearer member")).await;
    assert_eq!(answer.error(), (400, "ambiguous_header".to_owned()));
    let login = post("/v1/auth/login", &json!({"email": "a", "password": "p"}));
    let login = login.append_header(("Authorization", "a")).append_header(("Authorization", "b"));
    assert_eq!(send(Ports::default(), login).await.error(), (400, "ambiguous_header".to_owned()));
    let answer = send(Ports::default(), by("owner", twice("X-Tenant", "a-b-c", "d-e-f"))).await;
    assert_eq!(answer.error(), (400, "tenant_invalid".to_owned()));
}

#[actix_web::test]
async fn a_bare_token_is_a_token() {
    let mut ports = Ports::default();
    ports.team.expect_list().returning(|_, _| Ok(kernel::Page { data: vec![], next: None }));
    let answer = send(ports, get("/v1/team").insert_header(("Authorization", "member"))).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"data": [], "next_cursor": null})));
}

fn all_of(wanted: impl Fn(&crate::RouteRow) -> bool) -> Vec<(Method, String)> {
    let row = |it: crate::RouteRow| (Method::from_bytes(it.method.as_bytes()).unwrap(), path_of(&it));
    route_table().into_iter().filter(|it| wanted(it)).map(row).collect()
}

#[actix_web::test]
async fn what_is_sensitive_wants_a_recent_factor_before_it_reads_anything() {
    let sensitive = all_of(|it| it.step_up);
    assert!(sensitive.len() >= 20, "{sensitive:?}");
    for (method, path) in sensitive {
        let mut ports = since("owner", 301);
        ports.organizations.expect_find().returning(|_| Ok(Some(tenancy::testing::acme(crate::testing::acme()))));
        let is_refusal = |unit: &UnitOfWork<accounts::Change>| unit.evidence.audit[0].target.id == "session.step_up";
        ports.accounts.expect_commit().withf(is_refusal).times(1).returning(|_| Ok(()));
        let answer = send(ports, by("owner", request(method.clone(), &path).set_payload("{"))).await;
        assert_eq!(answer.error(), (403, "step_up_required".to_owned()), "{method} {path}");
    }
    let unread = request(Method::POST, "/v1/me/email").set_payload("{");
    let answer = send(since("member", 300), by("member", unread)).await;
    assert_eq!(answer.error(), (415, "unsupported_media_type".to_owned()));
}

#[actix_web::test]
async fn who_administers_nothing_is_refused_and_that_is_written_down() {
    let administering = all_of(|it| it.permission.as_deref() == Some("platform.administer"));
    assert_eq!(administering.len(), 19, "{administering:?}");
    for (method, path) in administering {
        // Their factor is old besides, and they do not learn it.
        let mut ports = since("member", 301);
        let is_refusal = |unit: &UnitOfWork<accounts::Change>| {
            unit.changes.is_empty() && unit.evidence.audit[0].outcome == Outcome::Refused("permission_denied")
        };
        ports.accounts.expect_commit().withf(is_refusal).times(1).returning(|_| Ok(()));
        let answer = send(ports, by("member", request(method.clone(), &path).set_payload("{"))).await;
        assert_eq!(answer.error(), (403, "permission_denied".to_owned()), "{method} {path}");
        assert_eq!(answer.json()["required_permission"], "platform.administer");
    }
}

#[actix_web::test]
async fn administrators_read_without_a_recent_factor() {
    let answer = send(since("owner", 301), by("owner", get("/v1/admin/settings"))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// Where `owner` administers and these organizations are there.
async fn granting(tenant: Option<&str>, there: Option<tenancy::Organization>) -> Answer {
    let mut ports = since("owner", 0);
    ports.organizations.expect_find().returning(move |_| Ok(there.clone()));
    ports.catalogue.expect_service().returning(|_| Ok(None));
    let body = json!({"meter": "messages", "amount": 1});
    let mut asked = by("owner", post("/v1/entitlements/SMS_GATEWAY/grants", &body));
    if let Some(tenant) = tenant {
        asked = asked.insert_header(("X-Tenant", tenant));
    }
    send(ports, asked).await
}

#[actix_web::test]
async fn administrators_name_any_organization_but_must_name_one() {
    // Not one of the caller's, and found all the same; what is asked for there then is not.
    let theirs = tenancy::testing::acme(kernel::testing::nth(61));
    for (tenant, there, expected) in [
        (None, None, (422, "tenant_required")),
        (Some("no-such"), None, (404, "not_found")),
        (Some("a|b"), None, (404, "not_found")),
        (Some("a, b"), None, (400, "tenant_invalid")),
        (Some("acme"), Some(theirs.clone()), (404, "not_found")),
    ] {
        let (status, kind) = expected;
        assert_eq!(granting(tenant, there).await.error(), (status, kind.to_owned()), "{tenant:?}");
    }
}

#[actix_web::test]
async fn what_is_no_id_names_nothing() {
    let id = caller("owner").unwrap().session.to_string();
    for bad in ["x", "%ff", &id.replace('-', ""), &format!("{{{id}}}").replace('{', "%7B").replace('}', "%7D")] {
        let answer = send(Ports::of("owner"), by("owner", request(Method::DELETE, &format!("/v1/me/sessions/{bad}"))));
        assert_eq!(answer.await.error(), (404, "not_found".to_owned()), "{bad}");
    }
}

#[actix_web::test]
async fn two_credentials_are_refused_whatever_is_asked_for() {
    let ask = serve(Ports::default()).await;
    let of_routes = route_table().into_iter().map(|row| (row.method, path_of(&row)));
    let others = ["/", "/nowhere", "/v1/hives", "/v1/team/x.css", "/docs", "/openapi.json", "/guides", "/verify-email"];
    let others =
        others.map(|path| ("GET", path.to_owned())).into_iter().chain([("DELETE", "/v1/auth/login".to_owned())]);
    let all: Vec<_> = of_routes.chain(others).collect();
    assert!(all.len() > 100, "{}", all.len());
    for (method, path) in all {
        let sent = request(Method::from_bytes(method.as_bytes()).unwrap(), &path);
        let sent =
            sent.append_header(("Authorization", "Bearer owner")).append_header(("Authorization", "Bearer owner"));
        assert_eq!(ask(sent).await.error(), (400, "ambiguous_header".to_owned()), "{method} {path}");
    }
}
