use chrono::TimeDelta;
use identity::ports::{AccessTokens, TokenError};
use identity::{Claims, Username};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use kernel::{EmailAddress, Fault, OrganizationId, RoleKey, Secret, SessionId, Time, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Key;

/// Access tokens as JWTs. Algorithm and key are this configuration's; nothing in a token chooses them.
pub struct JwtAccessTokens {
    header: Header,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
    issuer: String,
    audience: String,
}

/// A check against nothing would let everything pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("issuer and audience of access tokens must not be empty")]
pub struct NameMissing;

/// The claims on the wire. What is missing or of another type does not read.
#[derive(Serialize, Deserialize)]
struct Wire {
    sub: UserId,
    email: EmailAddress,
    username: Username,
    is_verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cid: Option<OrganizationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<RoleKey>,
    sid: SessionId,
    r#type: Kind,
    #[serde(with = "chrono::serde::ts_seconds")]
    iat: Time,
    #[serde(with = "chrono::serde::ts_seconds")]
    nbf: Time,
    #[serde(with = "chrono::serde::ts_seconds")]
    exp: Time,
    iss: String,
    aud: String,
    jti: Uuid,
    #[serde(with = "chrono::serde::ts_seconds")]
    auth_time: Time,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Access,
}

impl JwtAccessTokens {
    /// Longer than any we make: not worth a look.
    const LONGEST: usize = 4_096;
    /// How far the clocks of two nodes may be apart before one refuses what the other has just signed.
    const SKEW: TimeDelta = TimeDelta::seconds(10);

    /// HMAC with SHA-256.
    pub fn hs256(key: &Key, issuer: &str, audience: &str) -> Result<Self, NameMissing> {
        let (signing, verifying) = (EncodingKey::from_secret(key.expose()), DecodingKey::from_secret(key.expose()));
        Self::new(Algorithm::HS256, signing, verifying, issuer, audience)
    }

    fn new(
        algorithm: Algorithm,
        signing: EncodingKey,
        verifying: DecodingKey,
        issuer: &str,
        audience: &str,
    ) -> Result<Self, NameMissing> {
        if issuer.trim().is_empty() || audience.trim().is_empty() {
            return Err(NameMissing);
        }
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        // Presence is `Wire`'s business, and time is the caller's, not the system clock's.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Ok(Self {
            header: Header::new(algorithm),
            signing,
            verifying,
            validation,
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
        })
    }
}

impl AccessTokens for JwtAccessTokens {
    fn issue(&self, claims: &Claims) -> Result<Secret, Fault> {
        let wire = Wire {
            sub: claims.user,
            email: claims.email.clone(),
            username: claims.username.clone(),
            is_verified: claims.is_verified,
            cid: claims.organization,
            role: claims.role.clone(),
            sid: claims.session,
            r#type: Kind::Access,
            iat: claims.issued_at,
            nbf: claims.issued_at,
            exp: claims.expires_at,
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            jti: claims.id,
            auth_time: claims.auth_time,
        };
        encode(&self.header, &wire, &self.signing).map(Secret::new).map_err(|e| Fault::Failed(e.into()))
    }

    fn read(&self, token: &str, at: Time) -> Result<Claims, TokenError> {
        if token.len() > Self::LONGEST {
            return Err(TokenError::Invalid);
        }
        let wire = decode::<Wire>(token, &self.verifying, &self.validation).map_err(|_| TokenError::Invalid)?.claims;
        if at + Self::SKEW < wire.nbf {
            return Err(TokenError::Invalid);
        }
        let claims = Claims {
            user: wire.sub,
            email: wire.email,
            username: wire.username,
            is_verified: wire.is_verified,
            organization: wire.cid,
            role: wire.role,
            session: wire.sid,
            issued_at: wire.iat,
            expires_at: wire.exp,
            auth_time: wire.auth_time,
            id: wire.jti,
        };
        if at < claims.expires_at { Ok(claims) } else { Err(TokenError::Expired(Box::new(claims))) }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use kernel::testing::{NOON, nth};
    use serde_json::{Value, json};

    use super::*;
    use crate::{MasterKey, Purpose};

    const OURS: &str = "b1946ac92492d2347c6235b4d2611184";
    const THEIRS: &str = "5891b5b522d5df086d0ff0b110fbd9d2";

    fn key(secret: &str) -> Key {
        MasterKey::parse(&Secret::new(secret)).unwrap().derive(Purpose::AccessTokens)
    }

    fn tokens() -> JwtAccessTokens {
        JwtAccessTokens::hs256(&key(OURS), "portcullis", "portcullis").unwrap()
    }

    fn claims() -> Claims {
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
            id: Uuid::from_u128(4),
        }
    }

    fn wire() -> Value {
        let token = tokens().issue(&claims()).unwrap();
        let payload = token.expose().split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
    }

    fn part(it: &str) -> String {
        URL_SAFE_NO_PAD.encode(it)
    }

    fn signed(header: &Value, claims: &str, key: &[u8]) -> String {
        let message = format!("{}.{}", part(&header.to_string()), part(claims));
        let key = EncodingKey::from_secret(key);
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
        format!("{message}.{signature}")
    }

    /// Signed with our key, whatever it says.
    fn forged(header: &Value, claims: &Value) -> String {
        signed(header, &claims.to_string(), key(OURS).expose())
    }

    fn hs256() -> Value {
        json!({"typ": "JWT", "alg": "HS256"})
    }

    /// Our claims, signed with our key, with one of them changed, or taken out by null.
    fn with(claim: &str, value: Value) -> String {
        let mut claims = wire();
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(claim),
            value => claims.as_object_mut().unwrap().insert(claim.to_owned(), value),
        };
        forged(&hs256(), &claims)
    }

    fn refused(token: &str) -> bool {
        tokens().read(token, NOON) == Err(TokenError::Invalid)
    }

    #[test]
    fn what_was_issued_reads_the_same() {
        let bare = Claims { organization: None, role: None, is_verified: false, ..claims() };
        for claims in [claims(), bare] {
            let token = tokens().issue(&claims).unwrap();
            assert_eq!(tokens().read(token.expose(), NOON).unwrap(), claims);
        }
        // The forger of these tests would be believed if it told the truth.
        assert_eq!(tokens().read(&forged(&hs256(), &wire()), NOON).unwrap(), claims());
    }

    #[test]
    fn the_claims_are_the_contracts() {
        let id = |n| Uuid::from_u128(n).to_string();
        let expected = json!({
            "sub": id(1), "email": "ada@example.org", "username": "ada", "is_verified": true, "cid": id(2),
            "role": "owner", "sid": id(3), "type": "access", "iat": 1_768_478_400, "nbf": 1_768_478_400,
            "exp": 1_768_479_300, "iss": "portcullis", "aud": "portcullis", "jti": id(4), "auth_time": 1_768_474_800,
        });
        assert_eq!(wire(), expected);

        let bare = tokens().issue(&Claims { organization: None, role: None, ..claims() }).unwrap();
        let payload = URL_SAFE_NO_PAD.decode(bare.expose().split('.').nth(1).unwrap()).unwrap();
        let payload: Value = serde_json::from_slice(&payload).unwrap();
        assert!(payload.get("cid").is_none() && payload.get("role").is_none());
    }

    #[test]
    fn tokens_1_every_other_claim_must_be_there_and_of_its_type() {
        let mut names: Vec<_> = wire().as_object().unwrap().keys().cloned().collect();
        assert_eq!(names.len(), 15);
        for name in &names {
            assert!(refused(&with(name, json!({"an": "object"}))), "{name}");
        }
        names.retain(|it| it != "cid" && it != "role");
        for name in &names {
            assert!(refused(&with(name, Value::Null)), "{name}");
        }
        assert!(refused(&with("sub", json!(5))));
    }

    #[test]
    fn tk_01_the_token_does_not_choose_its_algorithm_or_key() {
        let payload = wire();
        for none in ["none", "None", "NONE", ""] {
            let head = part(&json!({"typ": "JWT", "alg": none}).to_string());
            assert!(refused(&format!("{head}.{}.", part(&payload.to_string()))), "{none}");
        }
        for algorithm in ["HS384", "HS512", "RS256", "ES256", "EdDSA"] {
            assert!(refused(&forged(&json!({"typ": "JWT", "alg": algorithm}), &payload)), "{algorithm}");
        }
        let theirs = JwtAccessTokens::hs256(&key(THEIRS), "portcullis", "portcullis").unwrap();
        assert!(refused(theirs.issue(&claims()).unwrap().expose()));

        // A key that comes with the token is not used: what it signed is refused, and beside a good signature it is idle.
        let jwk = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode([7; 32])});
        let header = json!({"typ": "JWT", "alg": "HS256", "jwk": jwk, "kid": "../../dev/null", "jku": "http://sink/"});
        assert!(refused(&signed(&header, &payload.to_string(), &[7; 32])));
        assert_eq!(tokens().read(&forged(&header, &payload), NOON), Ok(claims()));
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
            assert_eq!(JwtAccessTokens::hs256(&key(OURS), issuer, audience).err(), Some(NameMissing));
        }
    }

    #[test]
    fn tk_03_times_are_enforced_to_the_second() {
        let (tokens, claims) = (tokens(), claims());
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
        assert!(tokens().read(&with("exp", json!(-1)), NOON).is_err());
        let huge = wire().to_string().replace("1768479300", "1e400");
        assert!(huge.contains("1e400") && refused(&signed(&hs256(), &huge, key(OURS).expose())));
    }

    #[test]
    fn tk_03_noise_is_refused() {
        let good = tokens().issue(&claims()).unwrap();
        for noise in ["", ".", "..", "...", "a.b.c", "Bearer x", "\u{0}", &".".repeat(100_000), &"a".repeat(4_097)] {
            assert!(refused(noise), "{} characters", noise.len());
        }
        for cut in 0..good.expose().len() {
            assert!(refused(&good.expose()[..cut]), "cut at {cut}");
        }
        assert!(refused(&format!("{}.", good.expose())) && refused(&format!("{} ", good.expose())));
    }
}
