//! Making, listing, rotating and revoking organizations' keys and personal tokens.

use accounts::Change;
use chrono::TimeDelta;
use identity::{Key, KeyOwner, Scopes, User};
use kernel::testing::{NOON, nth};
use kernel::{CommitError, Fault, KeyId, Page, UnitOfWork, Write};
use serde_json::json;

use super::me::holding;
use super::*;
use crate::testing::{acme, program, session, user};

const KEYS: &str = "/v1/api-keys";
const TOKENS: &str = "/v1/me/tokens";

/// The key a unit writes.
fn written(unit: &UnitOfWork<Change>) -> Option<&Key> {
    unit.changes.iter().find_map(|it| match it {
        Change::Identity(identity::Change::Key(Write::Add(next) | Write::Save { next, .. })) => Some(next),
        _ => None,
    })
}

/// Where the token's user makes keys, and what is written is as wished.
fn making(token: &'static str, is_meant: impl Fn(&Key) -> bool + Send + 'static) -> Ports {
    let mut ports = Ports::of(token);
    ports.holdings.expect_of().returning(|_| Ok(vec![holding()]));
    ports.keys.expect_by_id().returning(|id| Ok(Some(program("key").key).filter(|it| it.id == id)));
    ports.accounts.expect_commit().returning(move |unit| match written(&unit) {
        Some(key) if !is_meant(key) => Err(CommitError::Fault(Fault::defect("another key was meant"))),
        _ => Ok(()),
    });
    ports
}

fn errors(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.error(), (422, "invalid".to_owned()));
    answer.json()["errors"].as_object().unwrap().keys().cloned().collect()
}

#[actix_web::test]
async fn an_organizations_key_is_shown_once() {
    let make =
        |is_meant: fn(&Key) -> bool, body: Value| send(making("owner", is_meant), by("owner", post(KEYS, &body)));
    let is_admin: fn(&Key) -> bool =
        |it| it.scopes == Scopes::Admin && it.owner == KeyOwner::Organization(acme()) && it.maker == user("owner").id;
    for body in [json!({"name": "CI"}), json!({"name": "CI", "scopes": null, "expires_at": null})] {
        let answer = make(is_admin, body).await;
        assert_eq!((answer.status, answer.header("cache-control")), (201, Some("no-store")), "{}", answer.text);
        let told = answer.json();
        assert_eq!(told.as_object().unwrap().keys().collect::<Vec<_>>(), ["expires_at", "id", "key", "name", "scopes"]);
        assert!(told["key"].as_str().unwrap().starts_with("hbx_"));
        assert_eq!((&told["name"], &told["scopes"], &told["expires_at"]), (&json!("CI"), &Value::Null, &Value::Null));
    }
    let scoped: fn(&Key) -> bool = |it| it.expires_at == Some(NOON + TimeDelta::hours(1));
    let body = json!({"name": "CI", "scopes": ["team.view"], "expires_at": "2026-01-15T14:00:00+01:00"});
    let told = make(scoped, body).await.json();
    assert_eq!((&told["scopes"], &told["expires_at"]), (&json!(["team.view"]), &json!("2026-01-15T13:00:00Z")));
    let nothing: fn(&Key) -> bool = |it| it.scopes == Scopes::Only(Vec::new());
    assert_eq!(make(nothing, json!({"name": "CI", "scopes": []})).await.json()["scopes"], json!([]));
}

#[actix_web::test]
async fn a_key_that_can_not_be_is_refused() {
    let make = |body: Value| send(making("owner", |_| true), by("owner", post(KEYS, &body)));
    for (body, field) in [
        (json!({"name": ""}), "name"),
        (json!({"name": "n", "expires_at": "2026-01-15T12:00:00Z"}), "expires_at"),
        (json!({"name": "n", "expires_at": "tomorrow"}), "expires_at"),
        (json!({"name": "n", "scopes": ["team.*"]}), "scopes.0"),
        (json!({"name": "n", "scopes": ["no.such"]}), "scopes"),
        (json!({"name": "n", "created_by": user("member").id}), "created_by"),
        (json!({"name": "n", "organization": "umbrella"}), "organization"),
    ] {
        assert_eq!(errors(&make(body).await), [field]);
    }
    let mut unverified = Ports::default();
    unverified.users.expect_by_id().returning(|_| Ok(Some(User { verified_at: None, ..user("owner") })));
    unverified.sessions.expect_by_id().returning(|_| Ok(Some(session("owner"))));
    let answer = send(unverified, by("owner", post(KEYS, &json!({"name": "n"})))).await;
    assert_eq!(answer.error(), (403, "email_not_verified".to_owned()));
}

#[actix_web::test]
async fn who_may_not_manage_keys_is_not_asked_for_a_factor() {
    for (method, path) in [
        (Method::GET, KEYS.to_owned()),
        (Method::POST, KEYS.to_owned()),
        (Method::POST, format!("{KEYS}/{}/rotate", program("key").key.id)),
        (Method::DELETE, format!("{KEYS}/{}", program("key").key.id)),
    ] {
        let mut ports = since("member", 301);
        ports.accounts.expect_commit().times(1).returning(|_| Ok(()));
        let answer = send(ports, by("member", request(method, &path).set_payload("{"))).await;
        assert_eq!(answer.error(), (403, "permission_denied".to_owned()), "{path}");
    }
}

#[actix_web::test]
async fn keys_are_listed_without_what_opens_anything() {
    let mut ports = Ports::default();
    let is_meant =
        |owner: &KeyOwner, page: &kernel::PageRequest| *owner == KeyOwner::Organization(acme()) && page.limit == 2;
    let rows = vec![(program("key").key, None), (program("scoped").key, Some(NOON))];
    let next = Some(kernel::Cursor("further".to_owned()));
    ports.keys.expect_of().withf(is_meant).times(1).return_once(|_, _| Ok(Page { data: rows, next }));
    let answer = send(ports, by("owner", get("/v1/api-keys?limit=2"))).await;
    let told = answer.json();
    assert!(told["next_cursor"].is_string());
    let row = |name: &str, scopes: Value, used: Value| {
        json!({
            "id": program(name).key.id, "name": name, "hint": program(name).key.hint, "scopes": scopes,
            "expires_at": null, "last_used_at": used, "created_at": "2026-01-15T12:00:00Z", "created_by": user("owner").id,
        })
    };
    let at = json!("2026-01-15T12:00:00Z");
    assert_eq!(told["data"], json!([row("key", Value::Null, Value::Null), row("scoped", json!(["team.view"]), at)]));
    assert!(!answer.text.contains(&program("key").text[..40]));
}

#[actix_web::test]
async fn a_key_gets_another_text_and_the_one_before_goes_on_for_a_while() {
    let rotate = |id: KeyId, overlap: Option<i64>, body: Option<Value>| {
        let is_meant = move |it: &Key| match overlap {
            None => it.previous.is_none(),
            Some(seconds) => it.previous == Some((program("key").key.hash, NOON + TimeDelta::seconds(seconds))),
        };
        let sent = request(Method::POST, &format!("{KEYS}/{id}/rotate"));
        send(making("owner", is_meant), by("owner", body.into_iter().fold(sent, TestRequest::set_json)))
    };
    let id = program("key").key.id;
    let (a_day, an_hour) = (json!({}), json!({"overlap_seconds": 3600}));
    for (overlap, body) in [
        (Some(86_400), None),
        (Some(86_400), Some(a_day)),
        (Some(3_600), Some(an_hour)),
        (None, Some(json!({"overlap_seconds": 0}))),
        (Some(2_592_000), Some(json!({"overlap_seconds": 2_592_000}))),
    ] {
        let answer = rotate(id, overlap, body.clone()).await;
        assert_eq!(answer.status, 200, "{body:?} {}", answer.text);
        let told = answer.json();
        assert_eq!(told.as_object().unwrap().keys().collect::<Vec<_>>(), ["expires_at", "id", "key", "name", "scopes"]);
        assert_eq!(told["id"], json!(id));
        assert!(told["key"].as_str().unwrap().starts_with("hbx_"));
    }
    for seconds in [json!(-1), json!(2_592_001), json!("1"), json!(1.5)] {
        assert_eq!(errors(&rotate(id, None, Some(json!({"overlap_seconds": seconds}))).await), ["overlap_seconds"]);
    }
    assert_eq!(rotate(nth(77), None, None).await.error(), (404, "not_found".to_owned()));
    // Whoever says what it is sends nothing all the same.
    let sent = by("owner", request(Method::POST, &format!("{KEYS}/{id}/rotate")));
    let sent = sent.insert_header(("Content-Type", "application/json"));
    assert_eq!(send(making("owner", |_| true), sent).await.status, 200);
}

#[actix_web::test]
async fn revoking_wants_no_recent_factor() {
    let revoke = |path: &str, known: &str, id: KeyId| {
        let known = program(known).key;
        let mut ports = since("owner", 301);
        ports.keys.expect_by_id().returning(move |id| Ok(Some(known.clone()).filter(|it| it.id == id)));
        ports.accounts.expect_commit().returning(|_| Ok(()));
        send(ports, by("owner", request(Method::DELETE, &format!("{path}/{id}"))))
    };
    for (path, own, other) in [(KEYS, "key", "token"), (TOKENS, "token", "key")] {
        let done = revoke(path, own, program(own).key.id).await;
        assert_eq!((done.status, done.text.as_str()), (204, ""), "{path}");
        for (known, id) in [(own, nth(77)), (other, program(other).key.id)] {
            assert_eq!(revoke(path, known, id).await.error(), (404, "not_found".to_owned()), "{path}");
        }
    }
}

#[actix_web::test]
async fn a_personal_token_is_shown_once() {
    let make = |body: Value| {
        let is_meant = |it: &Key| it.owner == KeyOwner::User(user("member").id) && it.organization == Some(acme());
        send(making("member", is_meant), by("member", post(TOKENS, &body)))
    };
    let answer =
        make(json!({"name": "Backups", "permissions": ["team.view"], "expires_at": "2027-01-01T00:00:00Z"})).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let told = answer.json();
    assert_eq!(
        told.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["expires_at", "id", "name", "permissions", "token"]
    );
    assert!(told["token"].as_str().unwrap().starts_with("pcp_"));
    assert_eq!((&told["permissions"], &told["expires_at"]), (&json!(["team.view"]), &json!("2027-01-01T00:00:00Z")));
    for (body, field) in [
        (json!({"name": "n"}), "permissions"),
        (json!({"name": "n", "permissions": null}), "permissions"),
        (json!({"name": "n", "permissions": ["*"]}), "permissions.0"),
        (json!({"name": "n", "permissions": ["no.such"]}), "permissions"),
        (json!({"name": "n", "permissions": [], "user_id": user("owner").id}), "user_id"),
    ] {
        assert_eq!(errors(&make(body).await), [field]);
    }
    let beyond = make(json!({"name": "n", "permissions": ["team.invite"]})).await;
    assert_eq!(beyond.error(), (403, "permission_denied".to_owned()));
    assert_eq!(beyond.json()["required_permission"], "team.invite");
}

#[actix_web::test]
async fn ones_own_tokens_are_listed() {
    let mut ports = Ports::default();
    let is_meant = |owner: &KeyOwner, _: &kernel::PageRequest| *owner == KeyOwner::User(user("owner").id);
    let rows = vec![(program("token").key, None)];
    ports.keys.expect_of().withf(is_meant).times(1).return_once(|_, _| Ok(Page { data: rows, next: None }));
    let told = send(ports, by("owner", get(TOKENS))).await.json();
    let row = &told["data"][0];
    assert_eq!((&row["name"], &row["permissions"]), (&json!("token"), &json!(["team.view"])));
    assert!(row["hint"].as_str().unwrap().starts_with("pcp_..."));
    assert_eq!((&row["last_used_at"], row.get("token")), (&Value::Null, None));
}

#[actix_web::test]
async fn the_same_key_gets_the_same_answer() {
    let mut ports = making("owner", |_| true);
    ports.accounts.checkpoint();
    let is_meant = |unit: &UnitOfWork<Change>| unit.once.is_some();
    ports.accounts.expect_recall().returning(|_| Ok(None));
    ports.accounts.expect_commit().withf(is_meant).times(1).returning(|_| Ok(()));
    let sent = by("owner", post(KEYS, &json!({"name": "CI"}))).insert_header(("Idempotency-Key", "k"));
    let answer = send(ports, sent).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
}
