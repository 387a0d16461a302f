use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use identity::ports::{AccessTokens, TokenError};
use identity::{Algorithm, Claims, SigningKey};
use kernel::testing::{NOON, nth};
use kernel::{Fault, Secret, Time};
use serde_json::json;
use uuid::Uuid;

use super::JwtAccessTokens;
use super::testing::{claims, decoded, holding, key};

const BOTH: [Algorithm; 2] = [Algorithm::Hs256, Algorithm::EdDsa];

fn seconds(count: i64) -> TimeDelta {
    TimeDelta::seconds(count)
}

/// A token made at that moment, and the number of its key.
fn issued(tokens: &JwtAccessTokens, at: Time) -> (Secret, u128) {
    let token = tokens.issue(&Claims { issued_at: at, expires_at: at + seconds(900), ..claims() }).unwrap();
    let kid = decoded(&token, 0)["kid"].as_str().unwrap().parse::<Uuid>().unwrap();
    (token, kid.as_u128())
}

#[test]
fn without_a_key_nothing_is_signed_and_nothing_read() {
    for algorithm in BOTH {
        let tokens = JwtAccessTokens::new(algorithm, "portcullis", "portcullis").unwrap();
        assert!(matches!(tokens.issue(&claims()), Err(Fault::Failed(_))));
        let good = holding(algorithm, &[key(algorithm, 1)]).issue(&claims()).unwrap();
        assert_eq!(tokens.read(good.expose(), NOON), Err(TokenError::Invalid));
        assert_eq!(tokens.public_keys(NOON), json!({"keys": []}));

        tokens.set_keys(&[key(algorithm, 1)]).unwrap();
        assert_eq!(tokens.read(good.expose(), NOON), Ok(claims()));
        tokens.set_keys(&[]).unwrap();
        assert_eq!(tokens.read(good.expose(), NOON), Err(TokenError::Invalid));
    }
}

#[test]
fn the_newest_key_signs_from_its_second_on() {
    for algorithm in BOTH {
        let next = SigningKey { signs_from: NOON + seconds(3), ..key(algorithm, 2) };
        // In whatever order they come.
        for keys in [[key(algorithm, 1), next.clone()], [next.clone(), key(algorithm, 1)]] {
            let tokens = holding(algorithm, &keys);
            assert_eq!(issued(&tokens, NOON).1, 1);
            assert_eq!(issued(&tokens, NOON + seconds(3) - TimeDelta::microseconds(1)).1, 1);
            assert_eq!(issued(&tokens, NOON + seconds(3)).1, 2);
        }
        // A key that is alone and does not sign yet signs nothing.
        assert!(holding(algorithm, &[next]).issue(&claims()).is_err());
    }
}

#[test]
fn both_keys_count_while_they_overlap() {
    for algorithm in BOTH {
        let old = SigningKey { retires_at: Some(NOON + seconds(903)), ..key(algorithm, 1) };
        let new = SigningKey { signs_from: NOON + seconds(3), ..key(algorithm, 2) };
        let tokens = holding(algorithm, &[old, new]);
        let (before, one) = issued(&tokens, NOON + seconds(2));
        let (after, other) = issued(&tokens, NOON + seconds(4));
        assert_eq!((one, other), (1, 2));
        for token in [&before, &after] {
            assert!(tokens.read(token.expose(), NOON + seconds(5)).is_ok());
        }
        // Some node's clock may be ahead: what the next key signed reads before it signs here.
        assert!(tokens.read(after.expose(), NOON + seconds(2)).is_ok());
    }
}

#[test]
fn a_retired_key_is_refused_at_its_second() {
    for algorithm in BOTH {
        let retires_at = NOON + seconds(60);
        let old = SigningKey { retires_at: Some(retires_at), ..key(algorithm, 1) };
        let tokens = holding(algorithm, &[old.clone(), key(algorithm, 2)]);
        let token = holding(algorithm, &[key(algorithm, 1)]).issue(&claims()).unwrap();
        assert_eq!(tokens.read(token.expose(), retires_at - TimeDelta::microseconds(1)), Ok(claims()));
        assert_eq!(tokens.read(token.expose(), retires_at), Err(TokenError::Invalid));
        // Nor does it come back when what it signed expires, or sign again where it is alone.
        assert_eq!(tokens.read(token.expose(), NOON + seconds(1_000)), Err(TokenError::Invalid));
        let alone = holding(algorithm, &[old]);
        assert_eq!(issued(&alone, NOON).1, 1);
        assert!(alone.issue(&Claims { issued_at: retires_at, ..claims() }).is_err());
    }
}

#[test]
fn a_stolen_key_is_worth_nothing_at_once() {
    for algorithm in BOTH {
        let tokens = holding(algorithm, &[key(algorithm, 1)]);
        let stolen = tokens.issue(&claims()).unwrap();
        let retired = SigningKey { retires_at: Some(NOON), ..key(algorithm, 1) };
        tokens.set_keys(&[retired, SigningKey { signs_from: NOON, ..key(algorithm, 2) }]).unwrap();
        assert_eq!(tokens.read(stolen.expose(), NOON), Err(TokenError::Invalid));
        assert_eq!(issued(&tokens, NOON).1, 2);
    }
}

#[test]
fn a_key_of_another_algorithm_is_no_key() {
    for (configured, other) in [(Algorithm::Hs256, Algorithm::EdDsa), (Algorithm::EdDsa, Algorithm::Hs256)] {
        // The other one is newer, so it would sign if it counted.
        let newer = SigningKey { signs_from: NOON, ..key(other, 2) };
        let tokens = holding(configured, &[key(configured, 1), newer.clone()]);
        assert_eq!(issued(&tokens, NOON).1, 1);
        let theirs = holding(other, &[newer]).issue(&claims()).unwrap();
        assert_eq!(tokens.read(theirs.expose(), NOON), Err(TokenError::Invalid));
        assert!(holding(configured, &[key(other, 1)]).issue(&claims()).is_err());
    }
}

#[test]
fn a_key_that_is_broken_is_told_and_the_others_count() {
    for algorithm in BOTH {
        for broken in ["", "AQEB", "not base64url!", &URL_SAFE_NO_PAD.encode([2; 33])] {
            let tokens = holding(algorithm, &[]);
            let broken = SigningKey { secret: Some(Secret::new(broken)), signs_from: NOON, ..key(algorithm, 2) };
            let Err(Fault::Failed(why)) = tokens.set_keys(&[key(algorithm, 1), broken.clone()]) else {
                panic!("it is no key")
            };
            assert_eq!(why.to_string(), format!("the signing key {} is not 32 bytes", broken.id));
            assert_eq!(issued(&tokens, NOON).1, 1);
        }
    }
}

#[test]
fn public_keys_are_a_jwk_set_without_anything_secret() {
    // RFC 8037, appendix A.
    let rfc = SigningKey {
        secret: Some(Secret::new("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")),
        ..key(Algorithm::EdDsa, 1)
    };
    let next = SigningKey { signs_from: NOON + seconds(3), ..key(Algorithm::EdDsa, 2) };
    let gone = SigningKey { retires_at: Some(NOON), ..key(Algorithm::EdDsa, 3) };
    let going = SigningKey { retires_at: Some(NOON + seconds(1)), ..key(Algorithm::EdDsa, 4) };
    let tokens = holding(Algorithm::EdDsa, &[rfc, next, gone, going, key(Algorithm::Hs256, 5)]);
    let set = tokens.public_keys(NOON);
    let keys = set["keys"].as_array().unwrap();
    let expected = json!({
        "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "kid": Uuid::from_u128(1), "alg": "EdDSA", "use": "sig",
    });
    assert_eq!(keys[0], expected);
    assert_eq!(set.as_object().unwrap().len(), 1);
    let kids: Vec<_> = keys.iter().map(|it| it["kid"].clone()).collect();
    assert_eq!(kids, [json!(Uuid::from_u128(1)), json!(Uuid::from_u128(2)), json!(Uuid::from_u128(4))]);
    for key in keys {
        assert_eq!(key.as_object().unwrap().len(), 6);
        assert!(key.get("d").is_none() && key.get("k").is_none());
    }
    let said = set.to_string();
    for n in 1..=5 {
        assert!(!said.contains(&URL_SAFE_NO_PAD.encode([n; 32])), "{n}");
    }
    assert!(!said.contains("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"));

    let hmac = holding(Algorithm::Hs256, &[key(Algorithm::Hs256, 1), key(Algorithm::EdDsa, 2)]);
    assert_eq!(hmac.public_keys(NOON), json!({"keys": []}));
}

#[test]
fn anybody_can_check_a_token_by_the_public_key() {
    let tokens = holding(Algorithm::EdDsa, &[key(Algorithm::EdDsa, 1)]);
    let token = tokens.issue(&claims()).unwrap();
    let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(tokens.public_keys(NOON)["keys"][0].clone()).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
    validation.set_audience(&["portcullis"]);
    validation.validate_exp = false;
    let read = jsonwebtoken::decode::<serde_json::Value>(token.expose(), &key, &validation).unwrap();
    assert_eq!(read.claims["sub"], json!(nth::<kernel::UserId>(1)));
    assert_eq!(read.header.kid, jwk.common.key_id);
}
