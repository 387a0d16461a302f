//! Seed 004's requests and answers.

use identity::ports::Redeemed;
use identity::{Change, Session, Worth};
use kernel::testing::NOON;
use kernel::{TokenHash, UnitOfWork, Write};
use serde_json::json;

use super::*;
use crate::testing::{session, user};

const AT: i64 = NOON.timestamp();

fn keys(value: &Value) -> Vec<&String> {
    value.as_object().unwrap().keys().collect()
}

#[actix_web::test]
async fn signing_in_begins_a_session_that_does_not_rotate() {
    let mut ports = Ports::of("owner").at_passwords(true);
    let is_steady = |unit: &UnitOfWork<Change>| {
        unit.changes.iter().any(|it| matches!(it, Change::Session(Write::Add(Session { rotates: false, .. }))))
    };
    ports.identity.expect_commit().withf(is_steady).times(1).returning(|_| Ok(()));
    let body = json!({"email": "user@example.com", "password": "Examplepass1!."});
    let answer = send(ports, post("/auth/signin", &body)).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let told = answer.json();
    assert_eq!(keys(&told), ["accessToken", "accessTokenExpiresAt", "refreshToken", "refreshTokenExpiresAt"]);
    assert_eq!((&told["accessToken"], told["refreshToken"].as_str().unwrap().len()), (&json!("signed"), 43));
    assert_eq!(told["accessTokenExpiresAt"], AT + 900);
    assert_eq!(told["refreshTokenExpiresAt"], AT + 604_800);
}

#[actix_web::test]
async fn wrong_credentials_are_400() {
    let refused = (400, "invalid_credentials".to_owned());
    let mut ports = Ports::of("owner").at_passwords(false);
    ports.identity.expect_commit().times(1).returning(|_| Ok(()));
    let body = json!({"email": "user@example.com", "password": "p", "totpCode": "1", "recoveryCode": "2"});
    let answer = send(ports, post("/auth/signin", &body)).await;
    assert_eq!((answer.error(), answer.header("www-authenticate")), (refused.clone(), None));

    let mut ports = Ports::of("owner").at_passwords(false);
    ports.identity.expect_commit().times(1).returning(|_| Ok(()));
    let body = json!({"proposedPassword": "NewSecurePassword123!", "previousPassword": "wrong"});
    assert_eq!(send(ports, by("owner", post("/auth/change-password", &body))).await.error(), refused);

    let mut ports = Ports::of("owner").at_passwords(true);
    ports.mailed_tokens.expect_redeem().times(1).return_once(|_, _| Ok(Redeemed::Worthless));
    let body = json!({"email": "user@example.com", "temporaryPassword": "0", "newPassword": "NewSecurePassword123!"});
    assert_eq!(send(ports, post("/auth/confirm-forgot-password", &body)).await.error(), refused);
}

/// Where `r` is the refresh token of this session.
fn refreshable(session: Session) -> Ports {
    let mut ports = Ports::of("owner");
    ports.standings.expect_of().returning(|_, _| Ok(None));
    ports
        .sessions
        .expect_by_refresh_token()
        .returning(move |hash, _| Ok(Some((session.clone(), Worth::Good)).filter(|_| *hash == TokenHash::of("r"))));
    ports
}

#[actix_web::test]
async fn the_refresh_token_goes_on() {
    let mut ports = refreshable(Session { rotates: false, ..session("owner") });
    ports.identity.expect_commit().times(1).returning(|_| Ok(()));
    let answer = send(ports, post("/auth/refresh-access-token", &json!({"refreshToken": "r"}))).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"accessToken": "signed", "expiresAt": AT + 900})));
}

#[actix_web::test]
async fn a_refresh_token_of_any_other_session_is_401() {
    for (token, rotates) in [("r", true), ("unknown", false)] {
        let ports = refreshable(Session { rotates, ..session("owner") });
        let answer = send(ports, post("/auth/refresh-access-token", &json!({"refreshToken": token}))).await;
        assert_eq!(answer.error(), (401, "token_invalid".to_owned()));
    }
}

#[actix_web::test]
async fn revoking_ends_the_session_and_nothing_is_nothing() {
    let mut ports = refreshable(session("owner"));
    let is_end = |unit: &UnitOfWork<Change>| matches!(unit.changes.as_slice(), [Change::Session(Write::Save { next, .. })] if next.ended_at == Some(NOON));
    ports.identity.expect_commit().withf(is_end).times(1).returning(|_| Ok(()));
    let revoke = |ports, token: &str| send(ports, post("/auth/revoke-refresh-token", &json!({"refreshToken": token})));
    let answer = revoke(ports, "r").await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert_eq!(revoke(refreshable(session("owner")), "unknown").await.status, 204);
}

#[actix_web::test]
async fn a_password_is_changed_under_either_pair_of_names() {
    for (new, current) in [("proposedPassword", "previousPassword"), ("newPassword", "currentPassword")] {
        let mut ports = Ports::of("owner").at_passwords(true);
        ports.identity.expect_commit().times(1).returning(|_| Ok(()));
        let body = json!({new: "NewSecurePassword123!", current: "CurrentPassword123!"});
        let answer = send(ports, by("owner", post("/auth/change-password", &body))).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""));

        let body = json!({new: "Aa1!", current: "CurrentPassword123!"});
        let ports = Ports::of("owner").at_passwords(true);
        // The token may come bare.
        let bare = post("/auth/change-password", &body).insert_header(("Authorization", "owner"));
        let errors = send(ports, bare).await.json()["errors"].clone();
        assert_eq!(keys(&errors), [new]);
        assert_eq!(errors[new][0], format!("The {new} field must be at least 8 characters."));
    }
}

#[actix_web::test]
async fn a_temporary_password_sets_a_new_one() {
    let mut ports = Ports::of("owner").at_passwords(true);
    let done = Redeemed::Done(Box::new(user("owner")));
    ports.mailed_tokens.expect_redeem().times(1).return_once(|_, _| Ok(done));
    let body = json!({"email": "user@example.com", "temporaryPassword": "0", "newPassword": "NewSecurePassword123!"});
    let answer = send(ports, post("/auth/confirm-forgot-password", &body)).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    let body = json!({"email": "user@example.com", "temporaryPassword": "0", "newPassword": "Aa1!"});
    let errors = send(Ports::default(), post("/auth/confirm-forgot-password", &body)).await.json()["errors"].clone();
    assert_eq!(errors["newPassword"][0], "The newPassword field must be at least 8 characters.");
}

#[actix_web::test]
async fn fields_are_told_in_camel_case() {
    let wrong = json!({"refresh_token": "r"});
    let expected = json!({
        "refreshToken": ["The refreshToken field is required."],
        "refresh_token": ["The refresh_token field is unknown."],
    });
    for path in ["/auth/refresh-access-token", "/auth/revoke-refresh-token"] {
        let answer = send(Ports::default(), post(path, &wrong)).await;
        assert_eq!((answer.error(), &answer.json()["errors"]), ((422, "invalid".to_owned()), &expected), "{path}");
    }
    let answer = send(Ports::of("owner"), by("owner", post("/auth/change-password", &json!({})))).await;
    assert_eq!(keys(&answer.json()["errors"]), ["previousPassword", "proposedPassword"]);
    let answer = send(Ports::default(), post("/auth/confirm-forgot-password", &json!({}))).await;
    assert_eq!(keys(&answer.json()["errors"]), ["email", "newPassword", "temporaryPassword"]);
}

#[actix_web::test]
async fn they_stand_at_the_root_only() {
    for path in ["/v1/auth/signin", "/api/v1/auth/refresh-access-token", "/auth/login", "/auth/refresh"] {
        let answer = send(Ports::default(), post(path, &json!({}))).await;
        assert_eq!(answer.error(), (404, "not_found".to_owned()), "{path}");
    }
}
