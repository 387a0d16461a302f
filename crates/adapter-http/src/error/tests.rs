use std::time::Duration;

use actix_web::body::to_bytes;
use actix_web::test::TestRequest;
use futures::FutureExt;
use kernel::Permission;
use serde_json::{Value, json};

use super::*;

/// Status, body and headers of an error, as answered.
fn answered(error: impl Into<ApiError>) -> (u16, Value, Vec<(String, String)>) {
    let response = error.into().respond(&TestRequest::default().to_http_request());
    let status = response.status().as_u16();
    let header = |(name, value): (&HeaderName, &HeaderValue)| (name.to_string(), value.to_str().unwrap().to_owned());
    let headers = response.headers().iter().map(header).collect();
    let body = to_bytes(response.into_body()).now_or_never().unwrap().unwrap();
    (status, serde_json::from_slice(&body).unwrap(), headers)
}

fn kind(error: impl Into<ApiError>) -> Kind {
    error.into().kind()
}

#[test]
fn an_error_says_what_it_has_to_say_and_no_more() {
    let (status, body, headers) = answered(Kind::NOT_FOUND);
    assert_eq!(status, 404);
    assert_eq!(
        body,
        json!({"code": "NOT_FOUND", "type": "not_found", "message": "There is no such thing here.", "request_id": ""})
    );
    assert!(headers.iter().all(|(name, _)| name == "content-type"), "{headers:?}");
}

#[test]
fn a_missing_permission_is_named() {
    let (status, body, _) = answered(accounts::Error::PermissionDenied(Permission::known("team.invite")));
    assert_eq!(
        (status, &body["type"], &body["required_permission"]),
        (403, &json!("permission_denied"), &json!("team.invite"))
    );
    let (_, body, _) = answered(tenancy::Error::Beyond("team.edit".to_owned()));
    assert_eq!((&body["type"], &body["required_permission"]), (&json!("permission_denied"), &json!("team.edit")));
}

#[test]
fn a_suspended_member_learns_the_status() {
    for error in [ApiError::from(accounts::Error::MemberSuspended), identity::Error::MemberSuspended.into()] {
        let (status, body, _) = answered(error);
        assert_eq!((status, &body["type"], &body["status"]), (403, &json!("member_suspended"), &json!("suspended")));
    }
}

#[test]
fn a_challenge_tells_a_missing_token_from_a_bad_one() {
    let challenge = |kind: Kind| {
        let (status, _, headers) = answered(kind);
        (status, headers.into_iter().find(|(name, _)| name == "www-authenticate").map(|(_, value)| value))
    };
    assert_eq!(challenge(Kind::TOKEN_MISSING), (401, Some("Bearer".to_owned())));
    for bad in [Kind::TOKEN_INVALID, Kind::TOKEN_EXPIRED] {
        assert_eq!(challenge(bad), (401, Some("Bearer error=\"invalid_token\"".to_owned())));
    }
    for kind in Kind::ALL.iter().filter(|it| it.status == 401) {
        assert!(challenge(*kind).1.is_some(), "{kind:?}");
    }
}

#[test]
fn validation_problems_stand_under_their_fields() {
    let (status, body, _) = answered(Problems::one("email", "The email field is required."));
    assert_eq!((status, &body["code"]), (422, &json!("VALIDATION_ERROR")));
    assert_eq!(body["message"], "The given data was invalid");
    assert_eq!(body["errors"], json!({"email": ["The email field is required."]}));
}

#[test]
fn nothing_behind_a_fault_is_told() {
    let (status, body, _) = answered(Fault::Failed("secret of the database".into()));
    assert_eq!((status, &body["code"]), (500, &json!("INTERNAL")));
    assert!(!body.to_string().contains("secret"));
    let faults = [
        (Fault::Unavailable("secret".into()), "5"),
        (Fault::Contended, "1"),
        (Fault::Overloaded(Duration::from_secs(3)), "3"),
        (Fault::Overloaded(Duration::from_millis(10)), "1"),
    ];
    for (fault, seconds) in faults {
        let (status, body, headers) = answered(fault);
        assert_eq!((status, &body["code"]), (503, &json!("SERVICE_UNAVAILABLE")));
        assert!(headers.contains(&("retry-after".to_owned(), seconds.to_owned())), "{headers:?}");
        assert!(!body.to_string().contains("secret"));
    }
}

#[test]
fn each_domain_error_has_its_kind() {
    assert_eq!(kind(identity::Error::EmailTaken), Kind::EMAIL_TAKEN);
    assert_eq!(kind(identity::Error::OrganizationNotFound), Kind::NOT_FOUND);
    assert_eq!(kind(identity::Error::TokenInvalid), Kind::TOKEN_INVALID);
    assert_eq!(kind(identity::Error::AccountLocked), Kind::ACCOUNT_LOCKED);
    assert_eq!(kind(identity::Error::RegistrationClosed), Kind::REGISTRATION_CLOSED);
    assert_eq!(kind(identity::Error::TooManyMails), Kind::TOO_MANY_MAILS);
    assert_eq!(kind(identity::Error::IllegalState), Kind::ILLEGAL_STATE);
    assert_eq!(kind(identity::Error::MfaRequired), Kind::MFA_REQUIRED);
    assert_eq!(kind(identity::Error::TooManyCodes), Kind::TOO_MANY_CODES);
    assert_eq!(kind(identity::Error::MfaDemanded), Kind::MFA_DEMANDED);
    assert_eq!(kind(identity::Error::EmailNotVerified), Kind::EMAIL_NOT_VERIFIED);
    assert_eq!(kind(identity::Error::ProofInvalid), Kind::PROOF_INVALID);
    assert_eq!(kind(identity::Error::StateInvalid), Kind::STATE_INVALID);
    assert_eq!(kind(identity::Error::NotLinked), Kind::NOT_LINKED);
    assert_eq!(kind(identity::Error::IdentityTaken), Kind::IDENTITY_TAKEN);
    assert_eq!(kind(identity::Error::PasskeyTaken), Kind::PASSKEY_TAKEN);
    assert_eq!(kind(identity::Error::LastWayIn), Kind::LAST_WAY_IN);
    assert_eq!(kind(identity::Error::TooMany), Kind::TOO_MANY);
    assert_eq!(kind(webhooks::Error::TooMany), Kind::TOO_MANY);
    assert_eq!(kind(webhooks::Error::TooManySecrets), Kind::TOO_MANY_SECRETS);
    for missing in [
        identity::Error::NotOffered,
        identity::Error::PasskeyNotFound,
        identity::Error::IdentityNotFound,
        identity::Error::KeyNotFound,
    ] {
        assert_eq!(kind(missing), Kind::NOT_FOUND);
    }
    assert_eq!(kind(accounts::Error::PersonRequired), Kind::PERSON_REQUIRED);
    assert_eq!(kind(accounts::Error::MfaEnrolmentRequired), Kind::MFA_ENROLMENT_REQUIRED);
    assert_eq!(kind(identity::Error::SessionNotFound), Kind::NOT_FOUND);
    assert_eq!(kind(identity::Error::UserNotFound), Kind::NOT_FOUND);
    assert_eq!(kind(tenancy::Error::SoleOwner), Kind::SOLE_OWNER);
    assert_eq!(kind(accounts::Error::StepUpRequired), Kind::STEP_UP_REQUIRED);
    assert_eq!(ApiError::of_link(identity::Error::TokenInvalid).kind(), Kind::MAILED_TOKEN_INVALID);
    assert_eq!(ApiError::of_link(identity::Error::EmailTaken).kind(), Kind::EMAIL_TAKEN);
    assert_eq!(kind(tenancy::Error::InvitationInvalid), Kind::MAILED_TOKEN_INVALID);
    assert_eq!(kind(tenancy::Error::AnotherAddress), Kind::ANOTHER_ADDRESS);
    assert_eq!(kind(tenancy::Error::NotFound), Kind::NOT_FOUND);
    assert_eq!(kind(accounts::Error::Tenancy(tenancy::Error::SlugTaken)), Kind::SLUG_TAKEN);
    assert_eq!(kind(accounts::Error::TenantRequired), Kind::TENANT_REQUIRED);
    assert_eq!(kind(entitlements::Error::NotEntitled), Kind::NOT_ENTITLED);
    assert_eq!(kind(entitlements::Error::KeyReused), Kind::KEY_REUSED);
    assert_eq!(kind(webhooks::Error::Fault(Fault::KeyReused)), Kind::KEY_REUSED);
}

#[test]
fn that_a_code_was_right_once_is_told_to_nobody() {
    assert_eq!(answered(identity::Error::MfaUsed), answered(identity::Error::MfaInvalid));
}

#[test]
fn a_code_belongs_to_its_status() {
    for Kind { status, code, name, .. } in Kind::ALL {
        let expected = match status.as_u16() {
            400 | 408 | 415 | 422 => "VALIDATION_ERROR",
            401 => "UNAUTHORIZED",
            403 => "FORBIDDEN",
            404 => "NOT_FOUND",
            405 => "METHOD_NOT_ALLOWED",
            409 => "CONFLICT",
            413 => "PAYLOAD_TOO_LARGE",
            423 => "ACCOUNT_LOCKED",
            429 if name.starts_with("too_many_") => "RATE_LIMITED",
            429 => "QUOTA_EXCEEDED",
            500 => "INTERNAL",
            503 => "SERVICE_UNAVAILABLE",
            other => panic!("{other} is none of the contract's"),
        };
        assert_eq!(*code, expected, "{name}");
    }
}
