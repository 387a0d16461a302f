use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use identity::ports::{AccessTokens, TokenError};
use identity::{Algorithm, Claims, Factor, Factors};
use kernel::testing::{NOON, nth};
use kernel::{Id, SigningKeyId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::testing::*;
use super::{JwtAccessTokens, NameMissing};

const BOTH: [Algorithm; 2] = [Algorithm::Hs256, Algorithm::EdDsa];

#[test]
fn what_was_issued_reads_the_same() {
    let bare = Claims { organization: None, role: None, is_verified: false, factors: Factors::default(), ..claims() };
    for algorithm in BOTH {
        let tokens = ours(algorithm);
        for claims in [claims(), bare.clone()] {
            let token = tokens.issue(&claims).unwrap();
            assert_eq!(tokens.read(token.expose(), NOON).unwrap(), claims);
        }
    }
    // The forger of these tests would be believed if it told the truth.
    assert_eq!(ours(Algorithm::Hs256).read(&forged(&hs256(), &wire()), NOON).unwrap(), claims());
}

#[test]
fn the_claims_are_the_contracts() {
    let id = |n| Uuid::from_u128(n).to_string();
    let expected = json!({
        "sub": id(1), "email": "ada@example.org", "username": "ada", "is_verified": true, "cid": id(2),
        "role": "owner", "sid": id(3), "type": "access", "iat": 1_768_478_400, "nbf": 1_768_478_400,
        "exp": 1_768_479_300, "iss": "portcullis", "aud": "portcullis", "jti": id(4), "auth_time": 1_768_474_800,
        "amr": ["pwd", "otp", "mfa"],
    });
    for algorithm in BOTH {
        let token = ours(algorithm).issue(&claims()).unwrap();
        assert_eq!(decoded(&token, 0), json!({"typ": "JWT", "alg": algorithm.as_str(), "kid": id(1)}));
        assert_eq!(decoded(&token, 1), expected);
    }
    let bare = ours(Algorithm::Hs256).issue(&Claims { organization: None, role: None, ..claims() }).unwrap();
    let payload = decoded(&bare, 1);
    assert!(payload.get("cid").is_none() && payload.get("role").is_none());
}

#[test]
fn tokens_1_every_other_claim_must_be_there_and_of_its_type() {
    let mut names: Vec<_> = wire().as_object().unwrap().keys().cloned().collect();
    assert_eq!(names.len(), 16);
    for name in &names {
        assert!(refused(&with(name, json!({"an": "object"}))), "{name}");
    }
    names.retain(|it| !["cid", "role", "amr"].contains(&it.as_str()));
    for name in &names {
        assert!(refused(&with(name, Value::Null)), "{name}");
    }
    assert!(refused(&with("sub", json!(5))));
}

#[test]
fn the_methods_are_written_in_order_and_mfa_last() {
    for (factors, amr) in [
        (Factors::default(), json!([])),
        (Factors::of([Factor::Password]), json!(["pwd"])),
        (Factors::of([Factor::Provider, Factor::Password]), json!(["pwd", "provider"])),
        (Factors::of([Factor::Passkey]), json!(["passkey", "mfa"])),
        (Factors::of([Factor::RecoveryCode, Factor::Password]), json!(["pwd", "recovery_code", "mfa"])),
    ] {
        let token = ours(Algorithm::Hs256).issue(&Claims { factors: factors.clone(), ..claims() }).unwrap();
        assert_eq!(decoded(&token, 1)["amr"], amr);
        assert_eq!(ours(Algorithm::Hs256).read(token.expose(), NOON).unwrap().factors, factors);
    }
}

#[test]
fn a_token_signed_before_there_were_methods_names_none() {
    let read = ours(Algorithm::Hs256).read(&with("amr", Value::Null), NOON);
    assert_eq!(read, Ok(Claims { factors: Factors::default(), ..claims() }));
}

#[test]
fn tokens_1_a_method_we_do_not_know_is_refused() {
    for amr in [json!(["pwd", "hwk"]), json!(["PWD"]), json!([""]), json!(["mfa", 1]), json!([null]), json!("pwd")] {
        assert!(refused(&with("amr", amr.clone())), "{amr}");
    }
    assert!(!refused(&with("amr", json!(["mfa"]))));
}

#[test]
fn tk_01_the_token_does_not_choose_its_algorithm() {
    let payload = wire();
    for none in ["none", "None", "NONE", ""] {
        let head = part(&json!({"typ": "JWT", "alg": none, "kid": Uuid::from_u128(1)}).to_string());
        assert!(refused(&format!("{head}.{}.", part(&payload.to_string()))), "{none}");
    }
    for algorithm in ["HS384", "HS512", "RS256", "ES256", "EdDSA"] {
        let header = json!({"typ": "JWT", "alg": algorithm, "kid": Uuid::from_u128(1)});
        assert!(refused(&forged(&header, &payload)), "{algorithm}");
    }
    for (one, other) in [(Algorithm::Hs256, Algorithm::EdDsa), (Algorithm::EdDsa, Algorithm::Hs256)] {
        // Of one name and one secret, so that nothing but the algorithm differs.
        let token = ours(one).issue(&claims()).unwrap();
        assert_eq!(ours(other).read(token.expose(), NOON), Err(TokenError::Invalid));
    }
}

#[test]
fn tk_01_a_public_key_is_no_hmac_key() {
    let tokens = ours(Algorithm::EdDsa);
    let public = tokens.public_keys(NOON)["keys"][0]["x"].as_str().unwrap().to_owned();
    let bytes = URL_SAFE_NO_PAD.decode(&public).unwrap();
    // RFC 8410, section 4.
    let der = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00], bytes.as_slice()].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&der));
    let payload = wire().to_string();
    for key in [bytes.as_slice(), public.as_bytes(), &der, pem.as_bytes(), pem.trim().as_bytes(), &[1; 32], &[]] {
        for algorithm in ["HS256", "EdDSA"] {
            let header = json!({"typ": "JWT", "alg": algorithm, "kid": Uuid::from_u128(1)});
            assert_eq!(tokens.read(&signed(&header, &payload, key), NOON), Err(TokenError::Invalid), "{algorithm}");
        }
    }
}

#[test]
fn tk_01_the_token_does_not_bring_its_key() {
    let payload = wire();
    let stolen = |header: &Value| signed(header, &payload.to_string(), &[7; 32]);
    assert!(refused(&stolen(&hs256())));
    let theirs = holding(Algorithm::Hs256, &[key(Algorithm::Hs256, 2)]);
    assert!(refused(theirs.issue(&claims()).unwrap().expose()));

    // What it signed is refused, and beside a good signature it is idle.
    let jwk = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode([7; 32])});
    let mut header = hs256();
    for (name, value) in
        [("jwk", jwk), ("jku", json!("http://sink/")), ("x5u", json!("http://sink/")), ("x5c", json!(["AAAA"]))]
    {
        header[name] = value;
        assert!(refused(&stolen(&header)), "{name}");
        assert_eq!(ours(Algorithm::Hs256).read(&forged(&header, &payload), NOON), Ok(claims()), "{name}");
    }
}

#[test]
fn tk_01_a_kid_is_a_name_and_nothing_else() {
    let payload = wire();
    let mut header = hs256();
    let ours: SigningKeyId = nth(1);
    for kid in [
        json!("../../dev/null"),
        json!("/proc/sys/kernel/randomize_va_space"),
        json!("' UNION SELECT 'AQEB' -- "),
        json!("http://sink/key"),
        json!(""),
        json!("\u{0}"),
        json!(format!("{ours}\u{0}")),
        json!(format!("{ours} ")),
        json!(ours.uuid().simple().to_string()),
        json!(ours.uuid().braced().to_string()),
        json!(nth::<SigningKeyId>(2)),
        json!(1),
        json!([ours]),
        json!({"kid": ours}),
        json!(null),
    ] {
        header["kid"] = kid.clone();
        // Signed by our key as much as by one that a file or a query might have turned up.
        for key in [[1; 32].as_slice(), &[], &[0], &[0; 32], b"AQEB"] {
            assert!(refused(&signed(&header, &payload.to_string(), key)), "{kid}");
        }
    }
    header.as_object_mut().unwrap().remove("kid");
    assert!(refused(&forged(&header, &payload)), "none at all");
    header["kid"] = json!(ours);
    assert!(!refused(&forged(&header, &payload)));
}

#[test]
fn tk_02_another_type_issuer_or_audience_is_refused() {
    for (claim, value) in [
        ("type", json!("refresh")),
        ("type", json!("Access")),
        ("iss", json!("evil")),
        ("iss", json!(["portcullis"])),
        ("aud", json!("other")),
        ("aud", json!([])),
        ("aud", json!(["portcullis"])),
        ("aud", json!(["portcullis", "other"])),
    ] {
        assert!(refused(&with(claim, value.clone())), "{claim} {value}");
    }
    for (issuer, audience) in [("", "portcullis"), ("portcullis", ""), (" ", "portcullis")] {
        assert_eq!(JwtAccessTokens::new(Algorithm::EdDsa, issuer, audience).err(), Some(NameMissing));
    }
}

#[test]
fn tk_03_times_are_enforced_to_the_second() {
    let (tokens, claims) = (ours(Algorithm::Hs256), claims());
    let token = tokens.issue(&claims).unwrap();
    let read = |at| tokens.read(token.expose(), at);
    assert_eq!(read(claims.expires_at - TimeDelta::microseconds(1)), Ok(claims.clone()));
    assert_eq!(read(claims.expires_at), Err(TokenError::Expired(Box::new(claims.clone()))));
    assert_eq!(read(claims.issued_at - TimeDelta::seconds(10)), Ok(claims.clone()));
    assert_eq!(read(claims.issued_at - TimeDelta::seconds(11)), Err(TokenError::Invalid));
}

#[test]
fn tk_03_a_time_of_another_type_is_no_time() {
    for claim in ["exp", "nbf", "iat", "auth_time"] {
        for value in [json!("9999999999"), json!(1e300), json!(1_768_479_300.5), json!(i64::MAX), json!(true)] {
            assert!(refused(&with(claim, value.clone())), "{claim} {value}");
        }
    }
    assert!(refused(&with("nbf", json!(9_999_999_999_u64))));
    assert!(ours(Algorithm::Hs256).read(&with("exp", json!(-1)), NOON).is_err());
    let huge = wire().to_string().replace("1768479300", "1e400");
    assert!(huge.contains("1e400") && refused(&signed(&hs256(), &huge, &[1; 32])));
}

#[test]
fn tk_03_noise_is_refused() {
    for algorithm in BOTH {
        let tokens = ours(algorithm);
        let refused = |token: &str| tokens.read(token, NOON) == Err(TokenError::Invalid);
        let good = tokens.issue(&claims()).unwrap();
        for noise in ["", ".", "..", "...", "a.b.c", "Bearer x", "\u{0}", &".".repeat(100_000), &"a".repeat(4_097)] {
            assert!(refused(noise), "{} characters", noise.len());
        }
        for cut in 0..good.expose().len() {
            assert!(refused(&good.expose()[..cut]), "cut at {cut}");
        }
        assert!(refused(&format!("{}.", good.expose())) && refused(&format!("{} ", good.expose())));
    }
}
