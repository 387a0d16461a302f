use chrono::TimeDelta;
use identity::{Factor, Session};
use kernel::testing::NOON;
use kernel::{OrganizationRef, UnitOfWork, Write};
use serde_json::json;
use tenancy::{Change, Organization};

use super::*;
use crate::testing::{acme, program, session, umbrella};

/// Where acme and umbrella are found, by slug too.
fn ports() -> Ports {
    let mut ports = Ports::default();
    ports.organizations.expect_find().returning(|wanted| {
        let all = [
            tenancy::testing::acme(acme()),
            Organization { slug: kernel::Slug::parse("umbrella").unwrap(), ..tenancy::testing::acme(umbrella()) },
        ];
        Ok(all.into_iter().find(|it| match wanted {
            OrganizationRef::Id(id) => it.id == *id,
            OrganizationRef::Slug(slug) => it.slug == *slug,
        }))
    });
    ports
}

fn told(name: &str, require_mfa: bool) -> Value {
    json!({
        "id": acme(), "name": name, "slug": "acme", "require_mfa": require_mfa, "logo_url": null,
        "created_at": "2026-01-15T12:00:00Z",
    })
}

#[actix_web::test]
async fn the_path_says_which_organization() {
    for named in ["acme".to_owned(), acme().to_string()] {
        let path = format!("/v1/organizations/{named}");
        let plain = send(ports(), by("member", get(&path))).await;
        assert_eq!((plain.status, plain.json()), (200, told("Acme", false)), "{}", plain.text);
        for same in ["acme".to_owned(), acme().to_string()] {
            let answer = send(ports(), by("member", get(&path)).insert_header(("X-Tenant", same))).await;
            assert_eq!(answer.status, 200);
        }
        // A header that names another, theirs or not, does not agree.
        let not_found = (404, "not_found".to_owned());
        for other in ["umbrella".to_owned(), umbrella().to_string(), "no-such".to_owned(), "%".to_owned()] {
            let answer = send(ports(), by("member", get(&path)).insert_header(("X-Tenant", other.clone()))).await;
            assert_eq!(answer.error(), not_found, "{other}");
        }
        assert_eq!(send(ports(), by("stranger", get(&path))).await.error(), not_found);
    }
    // Not the one the sign-in is bound to.
    let there = send(ports(), by("member", get("/v1/organizations/umbrella"))).await;
    assert_eq!((there.status, &there.json()["id"]), (200, &json!(umbrella())));
    for unknown in ["no-such", "x", "ACME", "%20acme"] {
        let answer = send(ports(), by("member", get(&format!("/v1/organizations/{unknown}")))).await;
        assert_eq!(answer.error(), (404, "not_found".to_owned()), "{unknown}");
    }
    let key = |path| send(ports(), by(&program("key").text, get(path)));
    assert_eq!(key("/v1/organizations/acme").await.status, 200);
    assert_eq!(key("/v1/organizations/umbrella").await.error(), (404, "not_found".to_owned()));
}

fn patch(token: &str, body: &Value) -> TestRequest {
    by(token, request(Method::PATCH, "/v1/organizations/acme").set_json(body))
}

#[actix_web::test]
async fn an_organization_is_changed_by_who_may() {
    let mut changing = ports();
    let is_meant = |unit: &UnitOfWork<Change>| matches!(unit.changes.as_slice(), [Change::Organization(Write::Save { next, .. })] if next.name.as_str() == "Acme 2");
    changing.tenancy.expect_commit().withf(is_meant).times(1).returning(|_| Ok(()));
    let answer = send(changing, patch("owner", &json!({"name": "Acme 2"}))).await;
    // The mocks forget.
    assert_eq!((answer.status, answer.json()), (200, told("Acme", false)));

    let mut refused = ports();
    refused.accounts.expect_commit().times(1).returning(|_| Ok(()));
    let answer = send(refused, patch("member", &json!({"name": "Acme 2"}))).await;
    assert_eq!(answer.json()["required_permission"], "organization.update");
    for (body, field) in [
        (json!({"name": ""}), "name"),
        (json!({"name": null}), "name"),
        (json!({"require_mfa": "yes"}), "require_mfa"),
        (json!({"slug": "Other"}), "slug"),
    ] {
        let answer = send(ports(), patch("owner", &body)).await;
        assert_eq!(answer.json()["errors"].as_object().unwrap().keys().collect::<Vec<_>>(), [field], "{body}");
    }
}

#[actix_web::test]
async fn who_demands_more_than_one_factor_has_given_them() {
    let demand = |factors: &[Factor]| {
        let mut ports = ports();
        let given = factors.iter().fold(session("owner").factors, |all, it| all.and(*it));
        let session = Session { factors: given, ..session("owner") };
        ports.sessions.expect_by_id().returning(move |_| Ok(Some(session.clone())));
        let is_meant = |unit: &UnitOfWork<Change>| matches!(unit.changes.as_slice(), [Change::Organization(Write::Save { next, .. })] if next.require_mfa);
        ports.tenancy.expect_commit().withf(is_meant).times(usize::from(!factors.is_empty())).returning(|_| Ok(()));
        send(ports, patch("owner", &json!({"require_mfa": true})))
    };
    assert_eq!(demand(&[]).await.error(), (403, "mfa_enrolment_required".to_owned()));
    assert_eq!(demand(&[Factor::Totp]).await.status, 200);
}

/// Where acme demands more than one factor, and owner gave one so long ago.
fn demanding(given: TimeDelta) -> Ports {
    let mut ports = Ports::default();
    let acme = Organization { require_mfa: true, ..tenancy::testing::acme(acme()) };
    ports.organizations.expect_find().returning(move |_| Ok(Some(acme.clone())));
    let session = Session { auth_time: NOON - given, ..session("owner") };
    ports.sessions.expect_by_id().returning(move |_| Ok(Some(session.clone())));
    ports
}

#[actix_web::test]
async fn who_demands_it_no_more_has_given_a_factor_just_now() {
    let less = json!({"require_mfa": false});
    let mut refused = demanding(TimeDelta::minutes(6));
    refused.accounts.expect_commit().times(1).returning(|_| Ok(()));
    assert_eq!(send(refused, patch("owner", &less)).await.error(), (403, "step_up_required".to_owned()));
    let key = send(demanding(TimeDelta::zero()), patch(&program("key").text, &less)).await;
    assert_eq!(key.error(), (403, "person_required".to_owned()));

    let mut ports = demanding(TimeDelta::zero());
    let is_meant = |unit: &UnitOfWork<Change>| matches!(unit.changes.as_slice(), [Change::Organization(Write::Save { next, .. })] if !next.require_mfa);
    ports.tenancy.expect_commit().withf(is_meant).times(1).returning(|_| Ok(()));
    assert_eq!(send(ports, patch("owner", &less)).await.status, 200);
}

#[actix_web::test]
async fn what_is_so_already_is_asked_of_nobody() {
    for (ports, require_mfa) in [(ports(), false), (demanding(TimeDelta::hours(1)), true)] {
        let same = json!({"name": "Acme", "require_mfa": require_mfa});
        let answer = send(ports, patch("owner", &same)).await;
        assert_eq!((answer.status, answer.json()), (200, told("Acme", require_mfa)));
    }
    assert_eq!(send(ports(), patch(&program("key").text, &json!({"require_mfa": false}))).await.status, 200);
}
