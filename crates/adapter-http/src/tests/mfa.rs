//! Codes: setting them up, and giving them at every door that takes a password.

use identity::ports::{Admission, Guessed};
use identity::{Change, Totp};
use kernel::testing::NOON;
use kernel::{UnitOfWork, Write};
use serde_json::json;

use super::*;
use crate::testing::{caller, passkey, second_factor};

const SETUP: &str = "/v1/me/mfa/setup";
const VERIFY: &str = "/v1/me/mfa/verify";

/// Where the owner's password is right and a second factor is asked for; so many units are written.
fn protected(units: usize) -> Ports {
    let mut ports = Ports::of("owner").at_passwords(true);
    ports.totps.expect_of().returning(|_| Ok(Some(second_factor("owner").0)));
    ports.identity.expect_commit().times(units).returning(|_| Ok(()));
    ports
}

fn code_of(totp: &Totp) -> String {
    let secret = totp_rs::Secret::try_from_base32(totp.secret.expose()).unwrap();
    let generator = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    generator.generate(NOON.timestamp().try_into().unwrap()).to_string()
}

fn and(mut body: Value, more: &Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[actix_web::test]
async fn every_door_that_takes_a_password_asks_for_a_second_factor() {
    let (totp, codes) = second_factor("owner");
    let (code, recovery) = (code_of(&totp), codes[0].expose().to_owned());
    let credentials = json!({"email": "user@example.com", "password": "SecurePass123!"});
    let doors = [
        ("/v1/auth/login", credentials.clone(), ["totp_code", "recovery_code"]),
        ("/v1/auth/step-up", json!({"password": "SecurePass123!"}), ["totp_code", "recovery_code"]),
        ("/auth/signin", credentials, ["totpCode", "recoveryCode"]),
    ];
    for (path, body, [totp_code, recovery_code]) in doors {
        let give = |more: Value| send(protected(1), by("owner", post(path, &and(body.clone(), &more))));
        for none in [json!({}), json!({totp_code: null}), json!({recovery_code: null, "passkey": null})] {
            let answer = give(none).await;
            assert_eq!(answer.error(), (401, "mfa_required".to_owned()), "{path}");
            assert!(!answer.text.contains("signed") && answer.cookies().is_empty(), "{}", answer.text);
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        for wrong in ["", "000000", "12345", &spaced, &format!(" {code}")] {
            assert_eq!(
                give(json!({totp_code: wrong})).await.error(),
                (401, "mfa_invalid".to_owned()),
                "{path} {wrong}"
            );
        }
        // A code that is not right is not made good by another.
        let both = give(json!({totp_code: "000000", recovery_code: recovery})).await;
        assert_eq!(both.error(), (401, "mfa_invalid".to_owned()));
        for wrong in ["", "aaaa-aaaa-aaaa-aaa2"] {
            assert_eq!(give(json!({recovery_code: wrong})).await.error(), (401, "mfa_invalid".to_owned()), "{path}");
        }
        for right in [json!({totp_code: code}), json!({recovery_code: recovery})] {
            let answer = give(right).await;
            assert_eq!(answer.status, 200, "{path} {}", answer.text);
            assert!(answer.text.contains("signed"), "{path}");
        }
        let numeric =
            send(protected(0), by("owner", post(path, &and(body.clone(), &json!({totp_code: 123_456}))))).await;
        assert_eq!(numeric.json()["errors"].as_object().unwrap().keys().collect::<Vec<_>>(), [totp_code], "{path}");
    }
}

#[actix_web::test]
async fn codes_are_not_looked_at_for_ever() {
    for (path, body) in [
        ("/v1/auth/login", json!({"email": "user@example.com", "password": "SecurePass123!", "totp_code": "1"})),
        ("/v1/auth/step-up", json!({"password": "SecurePass123!", "recovery_code": "1"})),
    ] {
        let mut ports = Ports::of("owner");
        let is_code = |it: &Guessed| matches!(it, Guessed::Code(_));
        ports.attempts.expect_begin().withf(move |it, _, _| is_code(it)).returning(|_, _, _| Ok(Admission::Locked));
        let mut ports = ports.at_passwords(true);
        ports.totps.expect_of().returning(|_| Ok(Some(second_factor("owner").0)));
        ports.identity.expect_commit().times(1).returning(|_| Ok(()));
        let answer = send(ports, by("owner", post(path, &body))).await;
        assert_eq!(answer.error(), (429, "too_many_codes".to_owned()), "{path}");
        assert_eq!((&answer.json()["code"], answer.header("retry-after")), (&json!("RATE_LIMITED"), Some("3600")));
    }
}

#[actix_web::test]
async fn stepping_up_wants_something_to_be_proved() {
    for body in [json!({}), json!({"password": null}), json!({"totp_code": "123456"}), json!({"passkey": null})] {
        let answer = send(Ports::of("owner"), by("owner", post("/v1/auth/step-up", &body))).await;
        assert_eq!(answer.error(), (401, "invalid_credentials".to_owned()), "{body}");
    }
    let nothing = send(Ports::of("owner"), by("owner", request(Method::POST, "/v1/auth/step-up"))).await;
    assert_eq!(nothing.error(), (401, "invalid_credentials".to_owned()));
    let other = send(Ports::of("owner"), by("owner", post("/v1/auth/step-up", &json!({"code": null})))).await;
    assert_eq!(other.error(), (422, "invalid".to_owned()));
}

#[actix_web::test]
async fn what_there_is_is_told_without_secrets() {
    let (on, _) = second_factor("owner");
    let begun = Totp { confirmed_at: None, ..on.clone() };
    let off = json!({"enabled": false, "recovery_codes_left": null, "passkeys": 1});
    for (totp, told) in [
        (None, off.clone()),
        (Some(begun), off),
        (Some(on.clone()), json!({"enabled": true, "recovery_codes_left": 8, "passkeys": 1})),
    ] {
        let mut ports = Ports::default();
        ports.totps.expect_of().returning(move |_| Ok(totp.clone()));
        ports.passkeys.expect_of().returning(|_| Ok(vec![passkey(1)]));
        let answer = send(ports, by("owner", get("/v1/me/mfa"))).await;
        assert_eq!((answer.status, answer.json()), (200, told));
    }
}

#[actix_web::test]
async fn what_an_authenticator_needs_is_shown_once() {
    for body in [None, Some(json!({}))] {
        let mut ports = Ports::of("owner");
        let is_meant = |unit: &UnitOfWork<Change>| matches!(unit.changes.as_slice(), [Change::Totp(Write::Add(it))] if !it.is_on());
        ports.identity.expect_commit().withf(is_meant).times(1).returning(|_| Ok(()));
        let sent = body.into_iter().fold(request(Method::POST, SETUP), TestRequest::set_json);
        let answer = send(ports, by("owner", sent)).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
        let told = answer.json();
        assert_eq!(told.as_object().unwrap().keys().collect::<Vec<_>>(), ["otpauth_url", "qr_svg", "recovery_codes"]);
        assert!(told["otpauth_url"].as_str().unwrap().starts_with("otpauth://totp/Portcullis"), "{told}");
        assert!(told["qr_svg"].as_str().unwrap().contains("<svg"), "{told}");
        assert_eq!(told["recovery_codes"].as_array().unwrap().len(), 8);
    }
    let mut ports = Ports::of("owner");
    ports.totps.expect_of().returning(|_| Ok(Some(second_factor("owner").0)));
    // In use: then nothing less than a second factor steps up.
    ports.accounts.expect_commit().returning(|_| Ok(()));
    let answer = send(ports, by("owner", request(Method::POST, SETUP))).await;
    assert_eq!(answer.error(), (403, "step_up_required".to_owned()));
}

/// Where the owner has stepped up by a second factor.
fn proved() -> Ports {
    let mut ports = Ports::default();
    ports.users.expect_by_id().returning(|_| Ok(Some(crate::testing::user("owner"))));
    let mut session = crate::testing::session("owner");
    session.factors = session.factors.and(identity::Factor::Totp);
    ports.sessions.expect_by_id().returning(move |_| Ok(Some(session.clone())));
    ports.totps.expect_of().returning(|_| Ok(Some(second_factor("owner").0)));
    ports
}

#[actix_web::test]
async fn what_is_in_use_is_not_set_up_again() {
    let answer = send(proved(), by("owner", request(Method::POST, SETUP))).await;
    assert_eq!(answer.error(), (409, "illegal_state".to_owned()));
    let answer = send(proved(), by("owner", post(VERIFY, &json!({"code": "123456"})))).await;
    assert_eq!(answer.error(), (409, "illegal_state".to_owned()));
}

#[actix_web::test]
async fn a_first_code_turns_it_on() {
    let verify = |code: String| {
        let mut ports = Ports::of("owner").at_passwords(true);
        let begun = Totp { confirmed_at: None, ..second_factor("owner").0 };
        ports.totps.expect_of().returning(move |_| Ok(Some(begun.clone())));
        ports.identity.expect_commit().times(1).returning(|_| Ok(()));
        send(ports, by("owner", post(VERIFY, &json!({"code": code}))))
    };
    let right = verify(code_of(&second_factor("owner").0)).await;
    assert_eq!((right.status, right.text.as_str()), (204, ""));
    assert_eq!(verify("000000".to_owned()).await.error(), (401, "mfa_invalid".to_owned()));
    let unset = send(Ports::of("owner"), by("owner", post(VERIFY, &json!({"code": "123456"})))).await;
    assert_eq!(unset.error(), (409, "illegal_state".to_owned()));
    let blank = send(Ports::of("owner"), by("owner", post(VERIFY, &json!({"code": null})))).await;
    assert_eq!(blank.error(), (422, "invalid".to_owned()));
}

#[actix_web::test]
async fn it_goes_off_unless_an_organization_demands_it() {
    let disable = |demanded: bool| {
        let mut ports = proved();
        ports.passkeys.expect_of().returning(|_| Ok(Vec::new()));
        ports.standings.expect_demand_mfa().returning(move |_| Ok(demanded));
        let is_meant =
            |unit: &UnitOfWork<Change>| unit.changes.iter().any(|it| matches!(it, Change::Totp(Write::Remove { .. })));
        ports.identity.expect_commit().withf(is_meant).times(usize::from(!demanded)).returning(|_| Ok(()));
        send(ports, by("owner", request(Method::POST, "/v1/me/mfa/disable")))
    };
    let done = disable(false).await;
    assert_eq!((done.status, done.text.as_str()), (204, ""));
    assert_eq!(disable(true).await.error(), (409, "mfa_demanded".to_owned()));
    let none = send(Ports::of("owner"), by("owner", request(Method::POST, "/v1/me/mfa/disable"))).await;
    assert_eq!(none.error(), (409, "illegal_state".to_owned()));
}

#[actix_web::test]
async fn recovery_codes_are_replaced_as_a_set() {
    let mut ports = proved();
    let others = Change::EndSessions {
        user: caller("owner").unwrap().user,
        except: Some(caller("owner").unwrap().session),
        at: NOON,
    };
    let is_meant = move |unit: &UnitOfWork<Change>| unit.changes.contains(&others);
    ports.identity.expect_commit().withf(is_meant).times(1).returning(|_| Ok(()));
    let answer = send(ports, by("owner", post("/v1/me/mfa/recovery-codes", &json!({})))).await;
    assert_eq!((answer.status, answer.json()["recovery_codes"].as_array().unwrap().len()), (200, 8));
    let none = send(Ports::of("owner"), by("owner", request(Method::POST, "/v1/me/mfa/recovery-codes"))).await;
    assert_eq!(none.error(), (409, "illegal_state".to_owned()));
}
