use identity::ports::{Admission, Redeemed};
use identity::{
    Change, Lockout, MailRequestKind, PasswordHash, Presented, Redemption, RefreshOutcome, Settings, Standing,
    UserStatus, Worth,
};
use kernel::testing::{NOON, nth};
use kernel::{RoleKey, Taken, TokenHash, UnitOfWork, Write};
use serde_json::json;

use super::*;
use crate::testing::{caller, session, user};

const EMAIL: &str = "user@example.com";

#[actix_web::test]
async fn registering_answers_as_seed_002_shows() {
    let mut ports = Ports::default();
    ports.hasher.expect_hash().returning(|_| Ok(PasswordHash("hash".to_owned().into())));
    ports.identity.expect_commit().times(1).returning(|_| Ok(()));
    let body = json!({
        "email": "user@example.com", "username": "johndoe",
        "password": "SecurePass123!", "confirm_password": "SecurePass123!",
    });
    let answer = send(ports, post("/api/v1/auth/register", &body)).await;
    assert_eq!(answer.status, 201);
    let body = answer.json();
    let fields: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["created_at", "email", "id", "is_verified", "message", "username"]);
    assert_eq!(body["created_at"], "2026-01-15T12:00:00Z");
    assert_eq!((&body["is_verified"], &body["message"]), (&json!(false), &json!("User registered successfully")));
}

#[actix_web::test]
async fn closed_is_closed() {
    let mut configured = Settings::default();
    configured.registration.open = false;
    let body = json!({
        "email": EMAIL, "username": "johndoe", "password": "SecurePass123!", "confirm_password": "SecurePass123!",
    });
    let ports = Ports { configured, ..Ports::default() };
    let answer = send(ports, post("/v1/auth/register", &body)).await;
    assert_eq!(answer.error(), (403, "registration_closed".to_owned()));
}

/// Seed 002's request and answer, word for word.
#[actix_web::test]
async fn signing_in_answers_as_seed_002_shows() {
    let mut ports = Ports::of("owner").at_passwords(true);
    ports.identity.expect_commit().times(1).returning(|_| Ok(()));
    let body = json!({"email": "user@example.com", "password": "SecurePass123!", "remember_me": false});
    let answer = send(ports, post("/api/v1/auth/login", &body)).await;
    assert_eq!(answer.status, 200);
    let body = answer.json();
    assert_eq!((&body["access_token"], &body["token_type"]), (&json!("signed"), &json!("bearer")));
    assert_eq!(body["refresh_token"].as_str().unwrap().len(), 43);
    assert_eq!((&body["expires_in"], &body["refresh_expires_in"]), (&json!(900), &json!(604_800)));
    assert_eq!(
        body["user"],
        json!({
            "id": user("owner").id, "email": "user@example.com", "username": "johndoe",
            "is_verified": true, "is_active": true,
        })
    );
}

#[actix_web::test]
async fn being_remembered_decides_how_long() {
    for (more, access, refresh) in [
        (json!({}), 900, 2_592_000),
        (json!({"remember_me": false}), 900, 604_800),
        (json!({"remember_me": true, "totp_code": "123456", "recovery_code": "x"}), 86_400, 2_592_000),
    ] {
        let mut body = json!({"email": EMAIL, "password": "SecurePass123!"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mut ports = Ports::of("owner").at_passwords(true);
        ports.identity.expect_commit().times(1).returning(|_| Ok(()));
        let told = send(ports, post("/v1/auth/login", &body)).await.json();
        assert_eq!((&told["expires_in"], &told["refresh_expires_in"]), (&json!(access), &json!(refresh)));
    }
}

#[actix_web::test]
async fn wrong_credentials_are_401() {
    let mut ports = Ports::of("owner").at_passwords(false);
    ports.identity.expect_commit().times(1).returning(|_| Ok(()));
    let answer = send(ports, post("/v1/auth/login", &json!({"email": EMAIL, "password": "p"}))).await;
    assert_eq!(answer.error(), (401, "invalid_credentials".to_owned()));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
}

/// Where nobody may try any more, and the lock ends by itself after so many seconds.
fn locked(release_after: Option<i64>) -> Ports {
    let release_after = release_after.map(chrono::TimeDelta::seconds);
    let configured = Settings { lockout: Lockout { release_after, ..Lockout::default() }, ..Settings::default() };
    let mut ports = Ports { configured, ..Ports::of("owner") };
    ports.attempts.expect_begin().returning(|_, _, _| Ok(Admission::Locked));
    ports.standings.expect_words_of().returning(|_| Ok(Vec::new()));
    ports.identity.expect_commit().times(1).returning(|_| Ok(()));
    ports
}

#[actix_web::test]
async fn every_door_that_takes_a_password_says_locked_and_until_when() {
    let change = json!({"current_password": "a", "new_password": "NewSecurePassword123!"});
    let doors = [
        ("/v1/auth/login", json!({"email": EMAIL, "password": "p"})),
        ("/v1/auth/step-up", json!({"password": "p"})),
        ("/v1/auth/change-password", change),
        ("/auth/signin", json!({"email": EMAIL, "password": "p"})),
        ("/auth/change-password", json!({"previousPassword": "a", "proposedPassword": "NewSecurePassword123!"})),
    ];
    for (path, body) in doors {
        for (pause, told) in [(None, None), (Some(600), Some("600"))] {
            let answer = send(locked(pause), by("owner", post(path, &body))).await;
            assert_eq!(answer.error(), (423, "account_locked".to_owned()), "{path}");
            assert_eq!(answer.json()["code"], "ACCOUNT_LOCKED");
            assert_eq!(answer.header("retry-after"), told, "{path}");
        }
    }
}

#[actix_web::test]
async fn refreshing_takes_a_key_of_22_characters_or_none() {
    let refreshing = |key: Option<&'static str>| {
        let mut ports = Ports::default();
        let is_meant = move |_: &_, it: &identity::Rotation| {
            it.presented == TokenHash::of("old") && it.repeat.is_some() == key.is_some()
        };
        ports.refresh_tokens.expect_rotate().withf(is_meant).returning(|_, _| {
            Ok(RefreshOutcome::Rotated { session: session("owner"), user: user("owner"), standing: None })
        });
        let sent = post("/v1/auth/refresh", &json!({"refresh_token": "old"}));
        send(ports, key.into_iter().fold(sent, |it, key| it.insert_header(("Idempotency-Key", key))))
    };
    for key in [None, Some("0123456789abcdefghijkl")] {
        let answer = refreshing(key).await;
        assert_eq!((answer.status, &answer.json()["token_type"]), (200, &json!("bearer")), "{}", answer.text);
    }
    for short in ["0123456789abcdefghijk", ""] {
        let answer = refreshing(Some(short)).await;
        assert_eq!(answer.error(), (422, "invalid".to_owned()));
        assert!(answer.json()["errors"]["Idempotency-Key"].is_array(), "{}", answer.text);
    }
    let twice = post("/v1/auth/refresh", &json!({"refresh_token": "old"}));
    let twice = twice.append_header(("Idempotency-Key", "0123456789abcdefghijkl"));
    let twice = twice.append_header(("Idempotency-Key", "0123456789abcdefghijkl"));
    assert_eq!(send(Ports::default(), twice).await.error(), (400, "ambiguous_header".to_owned()));
}

#[actix_web::test]
async fn a_used_refresh_token_is_401() {
    let mut ports = Ports::default();
    ports.refresh_tokens.expect_rotate().returning(|_, _| Ok(RefreshOutcome::Refused));
    let answer = send(ports, post("/v1/auth/refresh", &json!({"refresh_token": "old"}))).await;
    assert_eq!(answer.error(), (401, "token_invalid".to_owned()));
}

fn ends(session: kernel::SessionId) -> impl Fn(&UnitOfWork<Change>) -> bool {
    move |unit| {
        let [Change::Session(Write::Save { next, .. })] = unit.changes.as_slice() else { return false };
        next.id == session && next.ended_at == Some(NOON)
    }
}

#[actix_web::test]
async fn leaving_ends_the_session_also_with_an_old_token() {
    for token in ["owner", "expired-owner"] {
        let mut ports = Ports::of("owner");
        ports.identity.expect_commit().withf(ends(caller("owner").unwrap().session)).times(1).returning(|_| Ok(()));
        let answer = send(ports, by(token, request(Method::POST, "/v1/auth/logout"))).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    }
    let long_gone = send(Ports::default(), by("expired-owner", request(Method::POST, "/v1/auth/logout"))).await;
    assert_eq!(long_gone.error(), (401, "token_invalid".to_owned()));
}

#[actix_web::test]
async fn switching_answers_an_access_token_of_the_other_organization() {
    let switch = |standing: Option<bool>| {
        let mut ports = Ports::of("owner");
        let standing = standing.map(|active| Standing { organization: nth(61), role: RoleKey::MEMBER, active });
        ports.standings.expect_of().times(1).return_once(move |_, _| Ok(standing));
        ports.identity.expect_commit().returning(|_| Ok(()));
        send(ports, by("owner", post("/v1/auth/switch-tenant", &json!({"organization": "umbrella"}))))
    };
    let answer = switch(Some(true)).await;
    let expected = json!({"access_token": "signed", "token_type": "bearer", "expires_in": 900});
    assert_eq!((answer.status, answer.json()), (200, expected));
    assert_eq!(switch(None).await.error(), (404, "not_found".to_owned()));
    let suspended = switch(Some(false)).await;
    assert_eq!((suspended.error().1.as_str(), &suspended.json()["status"]), ("member_suspended", &json!("suspended")));
}

#[actix_web::test]
async fn stepping_up_answers_an_access_token() {
    let mut ports = Ports::of("owner").at_passwords(true);
    ports.identity.expect_commit().times(1).returning(|_| Ok(()));
    let body = json!({"password": "SecurePass123!", "totp_code": "123456"});
    let answer = send(ports, by("owner", post("/v1/auth/step-up", &body))).await;
    let expected = json!({"access_token": "signed", "token_type": "bearer", "expires_in": 900});
    assert_eq!((answer.status, answer.json()), (200, expected));

    let mut ports = Ports::of("owner").at_passwords(false);
    ports.identity.expect_commit().times(1).returning(|_| Ok(()));
    let answer = send(ports, by("owner", post("/v1/auth/step-up", &json!({"password": "p"})))).await;
    assert_eq!(answer.error(), (401, "invalid_credentials".to_owned()));
}

#[actix_web::test]
async fn a_password_is_changed_under_either_pair_of_names() {
    for (current, new) in [("current_password", "new_password"), ("previous_password", "proposed_password")] {
        let mut ports = Ports::of("owner").at_passwords(true);
        let is_meant = |unit: &UnitOfWork<Change>| {
            let others = Change::EndSessions {
                user: caller("owner").unwrap().user,
                except: Some(caller("owner").unwrap().session),
                at: NOON,
            };
            unit.changes.contains(&others)
        };
        ports.identity.expect_commit().withf(is_meant).times(1).returning(|_| Ok(()));
        let body = json!({current: "CurrentPassword123!", new: "NewSecurePassword123!"});
        let answer = send(ports, by("owner", post("/v1/auth/change-password", &body))).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    }
}

#[actix_web::test]
async fn of_each_pair_exactly_one_is_given_and_problems_stand_under_its_name() {
    let change = |body: Value| {
        let ports = Ports::of("owner").at_passwords(true);
        send(ports, by("owner", post("/v1/auth/change-password", &body)))
    };
    let neither = change(json!({"current_password": null})).await;
    assert_eq!(
        neither.json()["errors"],
        json!({
            "current_password": ["The current_password field is required."],
            "new_password": ["The new_password field is required."],
        })
    );
    let both =
        json!({"current_password": "a", "previous_password": "a", "new_password": "b", "proposed_password": "b"});
    assert_eq!(
        change(both).await.json()["errors"],
        json!({
            "previous_password": ["The previous_password field must not stand beside current_password."],
            "proposed_password": ["The proposed_password field must not stand beside new_password."],
        })
    );
    for name in ["new_password", "proposed_password"] {
        let weak = change(json!({"current_password": "a", name: "Aa1!"})).await;
        assert_eq!(weak.error(), (422, "invalid".to_owned()));
        let errors = weak.json()["errors"].as_object().unwrap().clone();
        assert_eq!(errors.keys().collect::<Vec<_>>(), [name]);
        assert_eq!(errors[name][0], format!("The {name} field must be at least 8 characters."));
    }
}

#[actix_web::test]
async fn mails_are_asked_for_without_a_word_about_accounts() {
    for (path, kind) in [
        ("/v1/auth/forgot-password", MailRequestKind::TemporaryPassword),
        ("/auth/forgot-password", MailRequestKind::TemporaryPassword),
        ("/v1/auth/resend-verification", MailRequestKind::Verification),
    ] {
        // Nobody is looked up: the mocks would say so.
        let mut ports = Ports::default();
        let is_meant = move |unit: &UnitOfWork<Change>| {
            let [Change::MailRequest(Write::Add(asked))] = unit.changes.as_slice() else { return false };
            asked.kind == kind && asked.email.as_str() == EMAIL
        };
        ports.identity.expect_commit().withf(is_meant).times(1).returning(|_| Ok(()));
        let answer = send(ports, post(path, &json!({"email": EMAIL}))).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{path}");
        // What is no address is nobody's, as seed 004's own example is.
        let answer = send(Ports::default(), post(path, &json!({"email": "[email protected]"}))).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{path}");
    }
}

#[actix_web::test]
async fn a_temporary_password_sets_a_new_one() {
    let reset = |outcome: Redeemed| {
        let mut ports = Ports::of("owner").at_passwords(true);
        let is_meant = |_: &_, it: &Redemption| {
            matches!(it, Redemption::ResetPassword { email, temporary, .. }
                if email.as_str() == EMAIL && *temporary == TokenHash::of("0123"))
        };
        ports.mailed_tokens.expect_redeem().withf(is_meant).times(1).return_once(|_, _| Ok(outcome));
        let body = json!({"email": EMAIL, "temporary_password": "0123", "new_password": "NewSecurePassword123!"});
        send(ports, post("/v1/auth/confirm-forgot-password", &body))
    };
    let done = reset(Redeemed::Done(Box::new(user("owner")))).await;
    assert_eq!((done.status, done.text.as_str()), (204, ""));
    assert_eq!(reset(Redeemed::Worthless).await.error(), (401, "invalid_credentials".to_owned()));
    let body = json!({"email": EMAIL, "temporary_password": "0123", "new_password": "short"});
    let weak = send(Ports::default(), post("/v1/auth/confirm-forgot-password", &body)).await;
    assert_eq!(weak.json()["errors"].as_object().unwrap().keys().collect::<Vec<_>>(), ["new_password"]);
}

type Asks = fn(&Redemption) -> bool;

#[actix_web::test]
async fn links_are_followed_by_whoever_has_them() {
    let links: [(&str, Asks); 4] = [
        ("/v1/auth/verify-email", |it| matches!(it, Redemption::VerifyEmail(_))),
        ("/v1/auth/undo-email-change", |it| matches!(it, Redemption::UndoEmailChange(_))),
        ("/v1/auth/recover-account", |it| matches!(it, Redemption::RecoverAccount(_))),
        ("/v1/me/email/confirm", |it| matches!(it, Redemption::ConfirmEmailChange(..))),
    ];
    for (path, asks) in links {
        let follow = |outcome: Redeemed| {
            let mut ports = Ports::default();
            let is_meant = move |_: &_, it: &Redemption| {
                asks(it) && matches!(it.presented(), Presented::Token(hash) if *hash == TokenHash::of("t"))
            };
            ports.mailed_tokens.expect_redeem().withf(is_meant).times(1).return_once(|_, _| Ok(outcome));
            send(ports, post(path, &json!({"token": "t"})))
        };
        assert_eq!(follow(Redeemed::Done(Box::new(user("owner")))).await.status, 204, "{path}");
        assert_eq!(follow(Redeemed::Taken(Taken("email"))).await.error(), (409, "email_taken".to_owned()), "{path}");
        let used = follow(Redeemed::Worthless).await;
        // It is something given, no missing credential.
        assert_eq!(
            (used.error(), used.header("www-authenticate")),
            ((422, "token_invalid".to_owned()), None),
            "{path}"
        );
    }
}

#[actix_web::test]
async fn public_keys_are_asked_for_anew() {
    let public_keys = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "k"}]});
    let ports = Ports { public_keys: public_keys.clone(), ..Ports::default() };
    let answer = send(ports, get("/.well-known/jwks.json")).await;
    assert_eq!((answer.status, answer.json()), (200, public_keys));
    assert_eq!(answer.header("cache-control"), Some("no-cache"));
}

#[actix_web::test]
async fn a_suspended_user_refreshes_nothing() {
    let mut ports = Ports::default();
    ports
        .sessions
        .expect_by_refresh_token()
        .returning(|_, _| Ok(Some((identity::Session { rotates: false, ..session("owner") }, Worth::Good))));
    let stopped = identity::User { status: UserStatus::Suspended, ..user("owner") };
    ports.users.expect_by_id().returning(move |_| Ok(Some(stopped.clone())));
    let answer = send(ports, post("/auth/refresh-access-token", &json!({"refreshToken": "r"}))).await;
    assert_eq!(answer.error(), (401, "token_invalid".to_owned()));
}
