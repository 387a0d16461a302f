use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use identity::ports::{AccessTokens, TokenError};
use identity::{Algorithm, Claims, Factor, Factors, SigningKey, Username};
use jsonwebtoken::EncodingKey;
use kernel::testing::{NOON, nth};
use kernel::{EmailAddress, RoleKey, Secret};
use serde_json::{Value, json};
use uuid::Uuid;

use super::JwtAccessTokens;

/// The `n`th key: its id ends in `n` and its bytes are all `n`.
pub fn key(algorithm: Algorithm, n: u8) -> SigningKey {
    SigningKey {
        id: nth(n.into()),
        algorithm,
        secret: Some(Secret::new(URL_SAFE_NO_PAD.encode([n; 32]))),
        created_at: NOON - TimeDelta::days(1),
        signs_from: NOON - TimeDelta::days(1),
        retires_at: None,
        version: 1,
    }
}

pub fn holding(algorithm: Algorithm, keys: &[SigningKey]) -> JwtAccessTokens {
    let tokens = JwtAccessTokens::new(algorithm, "portcullis", "portcullis").unwrap();
    tokens.set_keys(keys).unwrap();
    tokens
}

/// The ones attacked: signing with key 1.
pub fn ours(algorithm: Algorithm) -> JwtAccessTokens {
    holding(algorithm, &[key(algorithm, 1)])
}

pub fn claims() -> Claims {
    Claims {
        user: nth(1),
        email: EmailAddress::parse("ada@example.org").unwrap(),
        username: Username::parse("ada").unwrap(),
        is_verified: true,
        organization: Some(nth(2)),
        role: Some(RoleKey::OWNER),
        session: nth(3),
        issued_at: NOON,
        expires_at: NOON + TimeDelta::minutes(15),
        auth_time: NOON - TimeDelta::hours(1),
        factors: Factors::of([Factor::Password, Factor::Totp]),
        id: Uuid::from_u128(4),
    }
}

/// The first part of a token, or the second.
pub fn decoded(token: &Secret, part: usize) -> Value {
    let part = token.expose().split('.').nth(part).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

pub fn wire() -> Value {
    decoded(&ours(Algorithm::Hs256).issue(&claims()).unwrap(), 1)
}

pub fn part(it: &str) -> String {
    URL_SAFE_NO_PAD.encode(it)
}

/// By HMAC, whatever it says.
pub fn signed(header: &Value, claims: &str, key: &[u8]) -> String {
    let message = format!("{}.{}", part(&header.to_string()), part(claims));
    let key = EncodingKey::from_secret(key);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, jsonwebtoken::Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

/// Signed with our HMAC key.
pub fn forged(header: &Value, claims: &Value) -> String {
    signed(header, &claims.to_string(), &[1; 32])
}

pub fn hs256() -> Value {
    json!({"typ": "JWT", "alg": "HS256", "kid": Uuid::from_u128(1)})
}

/// Our claims, signed with our key, with one of them changed, or taken out by null.
pub fn with(claim: &str, value: Value) -> String {
    let mut claims = wire();
    match value {
        Value::Null => claims.as_object_mut().unwrap().remove(claim),
        value => claims.as_object_mut().unwrap().insert(claim.to_owned(), value),
    };
    forged(&hs256(), &claims)
}

pub fn refused(token: &str) -> bool {
    ours(Algorithm::Hs256).read(token, NOON) == Err(TokenError::Invalid)
}
