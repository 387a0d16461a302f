use std::net::IpAddr;

use accounts::views::{Export, InvitationRow, MailedRow, MembershipRow};
use audit::Entry;
use chrono::TimeDelta;
use identity::ports::SeenSession;
use identity::{Change, PersonName, Session, User};
use kernel::testing::{NOON, nth};
use kernel::{Cursor, Fault, Page, RoleKey, UnitOfWork, Write};
use serde_json::json;
use tenancy::{Holding, Member, MemberStatus};

use super::*;
use crate::testing::{acme, caller, google, passkey, program, session, user};

fn profile(name: Option<&str>) -> Value {
    json!({
        "type": "user", "id": user("owner").id, "email": "user@example.com", "username": "johndoe", "name": name,
        "avatar_url": null, "is_verified": true, "is_active": true, "created_at": "2026-01-15T12:00:00Z",
    })
}

#[actix_web::test]
async fn a_profile_says_who_one_is() {
    let answer = send(Ports::of("owner"), by("owner", get("/api/v1/me/profile"))).await;
    assert_eq!((answer.status, answer.json()), (200, profile(None)));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let mut gone = Ports::default();
    gone.users.expect_by_id().returning(|_| Ok(None));
    assert_eq!(send(gone, by("owner", get("/v1/me/profile"))).await.error(), (401, "token_invalid".to_owned()));
}

/// Where John's name is `John`, until the change that is made is made.
fn named() -> Ports {
    let mut ports = Ports::default();
    let stored = std::sync::Arc::new(std::sync::Mutex::new(User { name: PersonName::parse("John"), ..user("owner") }));
    let found = std::sync::Arc::clone(&stored);
    ports.users.expect_by_id().returning(move |_| Ok(Some(found.lock().unwrap().clone())));
    ports.identity.expect_commit().returning(move |unit| {
        for change in unit.changes {
            let Change::User(Write::Save { next, .. }) = change else { panic!("{change:?}") };
            *stored.lock().unwrap() = next;
        }
        Ok(())
    });
    ports
}

fn patch(path: &str, body: &Value) -> TestRequest {
    request(Method::PATCH, path).set_json(body)
}

#[actix_web::test]
async fn null_takes_a_name_away_and_absence_keeps_it() {
    let change = |body: Value| send(named(), by("owner", patch("/v1/me/profile", &body)));
    assert_eq!(change(json!({})).await.json(), profile(Some("John")));
    assert_eq!(change(json!({"name": null})).await.json(), profile(None));
    assert_eq!(change(json!({"name": "J. Doe"})).await.json(), profile(Some("J. Doe")));
    let renamed = change(json!({"username": "jd_1"})).await.json();
    assert_eq!((&renamed["username"], &renamed["name"]), (&json!("jd_1"), &json!("John")));
}

#[actix_web::test]
async fn what_a_profile_has_not_can_not_be_changed() {
    let change = |body: Value| send(named(), by("owner", patch("/v1/me/profile", &body)));
    let answer = change(json!({"username": null, "email": "a@b.test", "is_verified": true})).await;
    assert_eq!(
        answer.json()["errors"],
        json!({
            "username": ["The username field must be a string."],
            "email": ["The email field is unknown."],
            "is_verified": ["The is_verified field is unknown."],
        })
    );
    let answer = change(json!({"username": "a b", "name": ""})).await;
    assert_eq!(answer.json()["errors"].as_object().unwrap().keys().collect::<Vec<_>>(), ["name", "username"]);
}

#[actix_web::test]
async fn a_change_of_address_is_asked_for_and_not_too_often() {
    let ask = |allowed: bool| {
        let mut ports = Ports::default();
        ports.users.expect_by_id().returning(|_| Ok(Some(user("owner"))));
        ports.users.expect_by_email().returning(|_| Ok(None));
        ports.sessions.expect_by_id().returning(|_| Ok(Some(session("owner"))));
        // Once for the account; where that may, once for the address.
        ports.allowances.expect_spend().times(1 + usize::from(allowed)).returning(move |_, _, _, _| Ok(allowed));
        ports.identity.expect_commit().times(usize::from(allowed)).returning(|_| Ok(()));
        send(ports, by("owner", post("/v1/me/email", &json!({"email": "new@example.com"}))))
    };
    assert_eq!(ask(true).await.status, 204);
    let answer = ask(false).await;
    assert_eq!(answer.error(), (429, "too_many_mails".to_owned()));
    assert_eq!((&answer.json()["code"], answer.header("retry-after")), (&json!("RATE_LIMITED"), Some("3600")));
}

#[actix_web::test]
async fn sessions_are_listed_with_what_they_are_used_with() {
    let mut ports = Ports::default();
    let address: IpAddr = "192.0.2.7".parse().unwrap();
    let agent = "curl/8.5.0".to_owned();
    let own = Session { address: Some(address), agent: Some(agent), ..session("owner") };
    let other = Session { id: nth(77), organization: None, ..own.clone() };
    let seen = vec![
        SeenSession { session: own, last_seen_at: NOON + TimeDelta::hours(1), last_address: None },
        SeenSession { session: Session { agent: None, ..other }, last_seen_at: NOON, last_address: Some(address) },
    ];
    let is_meant = |user: &kernel::UserId, at: &kernel::Time, page: &kernel::PageRequest| {
        *user == caller("owner").unwrap().user && *at == NOON && page.limit == 2
    };
    let next = Some(Cursor("further".to_owned()));
    ports.sessions.expect_living().withf(is_meant).times(1).return_once(|_, _, _| Ok(Page { data: seen, next }));
    let told = send(ports, by("owner", get("/v1/me/sessions?limit=2"))).await.json();
    assert!(told["next_cursor"].is_string());
    assert_eq!(
        told["data"],
        json!([
            {
                "id": caller("owner").unwrap().session, "device": "curl", "user_agent": "curl/8.5.0",
                "address": "192.0.2.7", "last_address": null, "created_at": "2026-01-15T12:00:00Z",
                "last_seen_at": "2026-01-15T13:00:00Z", "expires_at": "2026-07-14T12:00:00Z",
                "organization": acme(), "current": true,
            },
            {
                "id": nth::<kernel::SessionId>(77), "device": "Unknown device", "user_agent": null,
                "address": "192.0.2.7", "last_address": "192.0.2.7", "created_at": "2026-01-15T12:00:00Z",
                "last_seen_at": "2026-01-15T12:00:00Z", "expires_at": "2026-07-14T12:00:00Z",
                "organization": null, "current": false,
            },
        ])
    );
}

#[actix_web::test]
async fn ones_own_session_is_ended_and_nobody_elses() {
    let end = |token, session: kernel::SessionId| {
        let mut ports = Ports::of("owner");
        ports.identity.expect_commit().times(usize::from(token == "owner")).returning(|_| Ok(()));
        send(ports, by(token, request(Method::DELETE, &format!("/v1/me/sessions/{session}"))))
    };
    let owners = caller("owner").unwrap().session;
    assert_eq!(end("owner", owners).await.status, 204);
    assert_eq!(end("member", owners).await.error(), (404, "not_found".to_owned()));
    assert_eq!(end("member", nth(78)).await.error(), (404, "not_found".to_owned()));
}

#[actix_web::test]
async fn all_sessions_end_at_once() {
    let mut ports = Ports::default();
    let all = Change::EndSessions { user: caller("owner").unwrap().user, except: None, at: NOON };
    let is_meant = move |unit: &UnitOfWork<Change>| unit.changes.first() == Some(&all);
    ports.identity.expect_commit().withf(is_meant).times(1).returning(|_| Ok(()));
    let answer = send(ports, by("owner", request(Method::POST, "/v1/me/sessions/revoke-all"))).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
}

/// Acme, which the user alone owns and others use.
pub(super) fn holding() -> Holding {
    let member = Member {
        organization: acme(),
        user: user("owner").id,
        role: RoleKey::OWNER,
        status: MemberStatus::Active,
        joined_at: NOON,
        version: 1,
    };
    let organization = tenancy::testing::acme(acme());
    Holding {
        organization,
        version: 1,
        member,
        other_members: 1,
        other_owners: 0,
        members_on_their_way_out: 0,
        pending: vec![],
    }
}

#[actix_web::test]
async fn an_account_goes_with_a_body_and_without() {
    for body in [None, Some(json!({}))] {
        let mut ports = Ports::of("owner");
        ports.holdings.expect_of().returning(|_| Ok(Vec::new()));
        ports.users.expect_has_administrator().returning(|_| Ok(true));
        ports.accounts.expect_commit().times(1).returning(|_| Ok(()));
        let sent = request(Method::POST, "/v1/me/deletion");
        let answer = send(ports, by("owner", body.into_iter().fold(sent, TestRequest::set_json))).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    }
}

#[actix_web::test]
async fn who_alone_owns_what_others_use_stays() {
    let mut ports = Ports::of("owner");
    ports.holdings.expect_of().returning(|_| Ok(vec![holding()]));
    ports.users.expect_has_administrator().returning(|_| Ok(true));
    let answer = send(ports, by("owner", request(Method::POST, "/v1/me/deletion"))).await;
    assert_eq!(answer.error(), (409, "sole_owner".to_owned()));
}

fn entry(n: u64) -> Entry {
    Entry { id: nth(n), at: NOON, ..audit::testing::entry(n) }
}

/// Where everything is stored that can be, and the log is read in these pages.
fn exporting(pages: Vec<Vec<u64>>) -> Ports {
    let mut ports = Ports::of("owner");
    let is_told = |unit: &UnitOfWork<Change>| unit.evidence.audit[0].action == "user.exported";
    ports.identity.expect_commit().withf(is_told).times(1).returning(|_| Ok(()));
    ports.exports.expect_of().times(1).returning(|_| {
        let row = MembershipRow {
            organization: acme(),
            name: "Acme".to_owned(),
            slug: "acme".to_owned(),
            role: "owner".to_owned(),
            status: "active".to_owned(),
        };
        let invited = InvitationRow {
            organization: "Umbrella".to_owned(),
            role: "member".to_owned(),
            status: "pending".to_owned(),
            created_at: NOON,
        };
        let mailed =
            MailedRow { purpose: "verify_email".to_owned(), email: "user@example.com".to_owned(), expires_at: NOON };
        Ok(Some(Export {
            user: user("owner"),
            sessions: vec![SeenSession { session: session("owner"), last_seen_at: NOON, last_address: None }],
            grants: vec![],
            memberships: vec![row],
            invitations: vec![invited],
            mailed: vec![mailed],
            recovery_codes_left: Some(7),
            passkeys: vec![passkey(1)],
            identities: vec![google()],
            tokens: vec![(program("token").key, Some(NOON))],
        }))
    });
    let count = pages.len();
    ports.exports.expect_trail().times(count).returning(move |_, page| {
        assert_eq!(page.limit, 100);
        let at: usize = page.after.map_or(0, |it| it.0.parse().unwrap());
        let data = pages[at].iter().map(|n| entry(*n)).collect();
        Ok(Page { data, next: (at + 1 < count).then(|| Cursor((at + 1).to_string())) })
    });
    ports
}

#[actix_web::test]
async fn an_export_holds_everything_whatever_its_length() {
    for (pages, expected) in [
        (vec![vec![]], vec![]),
        (vec![vec![1, 2], vec![3]], vec![1, 2, 3]),
        (vec![vec![1], vec![], vec![2]], vec![1, 2]),
    ] {
        let answer = send(exporting(pages), by("owner", get("/v1/me/export"))).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
        assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"personal-data.json\""));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let told = answer.json();
        let ids: Vec<Value> = told["audit_entries"].as_array().unwrap().iter().map(|it| it["id"].clone()).collect();
        let expected: Vec<Value> = expected.into_iter().map(|n| json!(nth::<kernel::AuditId>(n))).collect();
        assert_eq!(ids, expected);
        assert_eq!((&told["user"]["email"], &told["user"]["has_password"]), (&json!("user@example.com"), &json!(true)));
        assert_eq!(told["organizations"][0]["organization"]["slug"], "acme");
        assert_eq!(
            (&told["invitations"][0]["organization"], &told["mailed"][0]["purpose"]),
            (&json!("Umbrella"), &json!("verify_email"))
        );
        assert_eq!(told["sessions"][0]["id"], json!(caller("owner").unwrap().session));
        assert_eq!(told["mfa"], json!({"enabled": true, "recovery_codes_left": 7, "passkeys": 1}));
        assert_eq!(told["passkeys"][0]["name"], "passkey 1");
        assert_eq!(told["identities"][0]["subject"], "subject");
        assert_eq!(
            (&told["tokens"][0]["name"], &told["tokens"][0]["last_used_at"]),
            (&json!("token"), &json!("2026-01-15T12:00:00Z"))
        );
        assert_eq!(told["sessions"][0]["factors"], json!(["pwd"]));
        assert!(!answer.text.contains("plain:"), "a hash is no personal data");
    }
}

#[actix_web::test]
async fn an_export_that_can_not_be_finished_does_not_look_finished() {
    let mut ports = Ports::of("owner");
    let whole = Export {
        user: user("owner"),
        sessions: vec![],
        grants: vec![],
        memberships: vec![],
        invitations: vec![],
        mailed: vec![],
        recovery_codes_left: None,
        passkeys: vec![],
        identities: vec![],
        tokens: vec![],
    };
    ports.identity.expect_commit().returning(|_| Ok(()));
    ports.exports.expect_of().return_once(|_| Ok(Some(whole)));
    ports.exports.expect_trail().times(1).returning(|_, _| Err(Fault::Unavailable("away".into())));
    let service = init_service(actix_web::App::new().configure(configure(ports.app()))).await;
    let response = call_service(&service, by("owner", get("/v1/me/export")).to_request()).await;
    assert_eq!(response.status(), 200);
    assert!(actix_web::body::to_bytes(response.into_body()).await.is_err());
}
