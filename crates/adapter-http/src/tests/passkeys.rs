use std::sync::{Arc, Mutex};

use identity::ports::{Ceremony, Credential, MockCeremonies, Refused};
use identity::{Change, Passkey, User};
use kernel::testing::{NOON, nth};
use kernel::{PasskeyId, UnitOfWork, Write};
use serde_json::json;

use super::*;
use crate::testing::{Waiting, passkey, second_factor, session, user};

const NOT_OFFERED: &[(&str, Method)] = &[
    ("/v1/auth/passkey/options", Method::POST),
    ("/v1/auth/passkey/verify", Method::POST),
    ("/v1/me/passkeys/options", Method::POST),
    ("/v1/me/passkeys/register", Method::POST),
];

fn ceremony() -> Ceremony {
    let options = json!({"publicKey": {"challenge": "c"}});
    Ceremony { challenge: "c".to_owned(), options, state: "state".to_owned().into() }
}

/// Where `{"challenge", "id"}` is a response, and those of `id` 1 are believed.
fn ceremonies() -> MockCeremonies {
    let mut ceremonies = MockCeremonies::new();
    ceremonies.expect_begin_authentication().returning(|| Ok(ceremony()));
    ceremonies.expect_begin_registration().returning(|_, _| Ok(ceremony()));
    ceremonies
        .expect_identify()
        .returning(|it| Some((it["challenge"].as_str()?.to_owned(), vec![u8::try_from(it["id"].as_u64()?).ok()?])));
    let credential = Credential { id: vec![1], public: json!({}) };
    ceremonies
        .expect_finish_registration()
        .returning(move |_, it| if it["id"] == 1 { Ok(credential.clone()) } else { Err(Refused("test")) });
    ceremonies
        .expect_finish_authentication()
        .returning(|_, it, _| if it["id"] == 1 { Ok(json!({})) } else { Err(Refused("test")) });
    ceremonies
}

fn ports(waiting: &Arc<Waiting>) -> Ports {
    let mut ports = Ports::of("owner").at_passwords(true);
    ports.ceremonies = Some(ceremonies());
    ports.waiting = Arc::clone(waiting);
    ports
        .passkeys
        .expect_by_credential()
        .returning(|id| Ok([1, 2].map(passkey).into_iter().find(|it| it.credential == id)));
    ports
}

async fn begin(path: &str, waiting: &Arc<Waiting>) {
    let answer = send(ports(waiting), by("owner", request(Method::POST, path))).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"publicKey": {"challenge": "c"}})), "{path}");
}

#[actix_web::test]
async fn a_passkey_signs_in_once_for_each_challenge() {
    let waiting = Arc::default();
    begin("/v1/auth/passkey/options", &waiting).await;
    let verify = |units, body| {
        let mut ports = ports(&waiting);
        ports.identity.expect_commit().times(units).returning(|_| Ok(()));
        send(ports, post("/v1/auth/passkey/verify", &body))
    };
    let right = json!({"credential": {"challenge": "c", "id": 1}, "remember_me": false});
    let answer = verify(1, right.clone()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let told = answer.json();
    assert_eq!((&told["access_token"], &told["refresh_expires_in"]), (&json!("signed"), &json!(604_800)));
    assert_eq!(told["user"]["id"], json!(user("owner").id));
    // Its challenge is used up; others are nobody's.
    let malformed = json!({"credential": "x"});
    for wrong in [right, json!({"credential": {"challenge": "d", "id": 1}}), malformed] {
        assert_eq!(verify(1, wrong).await.error(), (401, "proof_invalid".to_owned()));
    }
    for id in [2, 3] {
        begin("/v1/auth/passkey/options", &waiting).await;
        let answer = verify(1, json!({"credential": {"challenge": "c", "id": id}})).await;
        assert_eq!(answer.error(), (401, "proof_invalid".to_owned()), "{id}");
    }
    assert_eq!(
        verify(0, json!({})).await.json()["errors"].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["credential"]
    );
}

#[actix_web::test]
async fn a_passkey_steps_up_alone_and_stands_in_for_a_code() {
    let waiting = Arc::default();
    begin("/v1/auth/passkey/options", &waiting).await;
    let mut alone = ports(&waiting);
    alone.identity.expect_commit().times(1).returning(|_| Ok(()));
    let passkey = json!({"challenge": "c", "id": 1});
    let answer = send(alone, by("owner", post("/v1/auth/step-up", &json!({"passkey": passkey})))).await;
    assert_eq!((answer.status, &answer.json()["access_token"]), (200, &json!("signed")), "{}", answer.text);

    let mut again = ports(&waiting);
    again.identity.expect_commit().times(1).returning(|_| Ok(()));
    let answer = send(again, by("owner", post("/v1/auth/step-up", &json!({"passkey": passkey})))).await;
    assert_eq!(answer.error(), (401, "proof_invalid".to_owned()));

    begin("/v1/auth/passkey/options", &waiting).await;
    let mut both = ports(&waiting);
    both.totps.expect_of().returning(|_| Ok(Some(second_factor("owner").0)));
    both.identity.expect_commit().times(1).returning(|_| Ok(()));
    let body = json!({"email": "user@example.com", "password": "SecurePass123!", "passkey": passkey});
    assert_eq!(send(both, post("/v1/auth/login", &body)).await.status, 200);
}

#[actix_web::test]
async fn a_passkey_is_made_by_what_the_browser_answers() {
    let waiting = Arc::default();
    let register = |taken: bool, body: Value| {
        let mut ports = ports(&waiting);
        let made: Arc<Mutex<Vec<Passkey>>> = Arc::default();
        let kept = Arc::clone(&made);
        ports.identity.expect_commit().returning(move |unit: UnitOfWork<Change>| {
            if taken {
                return Err(kernel::CommitError::Taken(kernel::Taken("passkey")));
            }
            if let Some(Change::Passkey(Write::Add(it))) = unit.changes.first() {
                kept.lock().unwrap().push(it.clone());
            }
            Ok(())
        });
        ports.passkeys.expect_of().returning(move |_| Ok(made.lock().unwrap().clone()));
        send(ports, by("owner", post("/v1/me/passkeys/register", &body)))
    };
    let begun = || async {
        let mut ports = ports(&waiting);
        ports.passkeys.expect_of().returning(|_| Ok(Vec::new()));
        let answer = send(ports, by("owner", request(Method::POST, "/v1/me/passkeys/options"))).await;
        assert_eq!((answer.status, answer.json()), (200, json!({"publicKey": {"challenge": "c"}})));
    };
    let right = json!({"name": "Laptop", "credential": {"challenge": "c", "id": 1}});
    begun().await;
    let answer = register(false, right.clone()).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let told = answer.json();
    assert_eq!(told.as_object().unwrap().keys().collect::<Vec<_>>(), ["created_at", "id", "last_used_at", "name"]);
    assert_eq!((&told["name"], &told["last_used_at"]), (&json!("Laptop"), &Value::Null));

    assert_eq!(register(false, right.clone()).await.error(), (401, "proof_invalid".to_owned()));
    begun().await;
    assert_eq!(register(true, right).await.error(), (409, "passkey_taken".to_owned()));
    begun().await;
    let wrong = json!({"name": "Laptop", "credential": {"challenge": "c", "id": 2}});
    assert_eq!(register(false, wrong).await.error(), (401, "proof_invalid".to_owned()));
    let unnamed = register(false, json!({"name": " ", "credential": {"challenge": "c", "id": 1}})).await;
    assert_eq!(unnamed.json()["errors"].as_object().unwrap().keys().collect::<Vec<_>>(), ["name"]);
}

#[actix_web::test]
async fn without_a_domain_there_are_no_passkeys() {
    for (path, method) in NOT_OFFERED {
        let body = match *path {
            "/v1/me/passkeys/register" => json!({"name": "n", "credential": {}}),
            "/v1/auth/passkey/verify" => json!({"credential": {}}),
            _ => json!({}),
        };
        let mut ports = Ports::of("owner");
        ports.passkeys.expect_of().returning(|_| Ok(Vec::new()));
        let answer = send(ports, by("owner", request(method.clone(), path).set_json(body))).await;
        assert_eq!(answer.error(), (404, "not_found".to_owned()), "{path}");
    }
}

#[actix_web::test]
async fn passkeys_are_listed_and_the_last_way_in_stays() {
    let mut ports = Ports::default();
    ports.passkeys.expect_of().returning(|_| Ok(vec![Passkey { last_used_at: Some(NOON), ..passkey(1) }, passkey(2)]));
    let told = send(ports, by("owner", get("/v1/me/passkeys"))).await.json();
    assert_eq!(
        told,
        json!({"data": [
            {"id": passkey(1).id, "name": "passkey 1", "created_at": "2026-01-15T12:00:00Z", "last_used_at": "2026-01-15T12:00:00Z"},
            {"id": passkey(2).id, "name": "passkey 2", "created_at": "2026-01-15T12:00:00Z", "last_used_at": null},
        ], "next_cursor": null})
    );
    let delete = |has_password: bool, id: PasskeyId| {
        let mut ports = Ports::default();
        let owner = user("owner");
        let owner = User { password: owner.password.clone().filter(|_| has_password), ..owner };
        ports.users.expect_by_id().returning(move |_| Ok(Some(owner.clone())));
        ports.sessions.expect_by_id().returning(|_| Ok(Some(session("owner"))));
        ports.passkeys.expect_of().returning(|_| Ok(vec![passkey(1)]));
        ports.identities.expect_of().returning(|_| Ok(Vec::new()));
        ports.standings.expect_demand_mfa().returning(|_| Ok(false));
        ports.identity.expect_commit().returning(|_| Ok(()));
        send(ports, by("owner", request(Method::DELETE, &format!("/v1/me/passkeys/{id}"))))
    };
    let done = delete(true, passkey(1).id).await;
    assert_eq!((done.status, done.text.as_str()), (204, ""));
    assert_eq!(delete(true, nth(77)).await.error(), (404, "not_found".to_owned()));
    assert_eq!(delete(false, passkey(1).id).await.error(), (409, "last_way_in".to_owned()));
}
