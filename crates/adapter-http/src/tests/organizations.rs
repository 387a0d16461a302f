use identity::{Factor, Session};
use kernel::{OrganizationRef, UnitOfWork, Write};
use serde_json::json;
use tenancy::Change;

use super::*;
use crate::testing::{acme, program, session, umbrella};

/// Where acme and umbrella are found, by slug too.
fn ports() -> Ports {
    let mut ports = Ports::default();
    ports.organizations.expect_find().returning(|wanted| {
        let all = [
            tenancy::testing::acme(acme()),
            tenancy::Organization {
                slug: kernel::Slug::parse("umbrella").unwrap(),
                ..tenancy::testing::acme(umbrella())
            },
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
        "id": acme(), "name": name, "slug": "acme", "require_mfa": require_mfa, "created_at": "2026-01-15T12:00:00Z",
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
        (json!({"slug": "other"}), "slug"),
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
    // To demand less nobody must prove more.
    let answer = send(ports(), patch("owner", &json!({"require_mfa": false}))).await;
    assert_eq!((answer.status, answer.json()), (200, told("Acme", false)));
}
