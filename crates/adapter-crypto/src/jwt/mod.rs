//! Access tokens as JWTs, signed by keys that come and go.

#[cfg(test)]
mod attacks;
mod keyring;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod testing;
mod wire;

use arc_swap::ArcSwap;
use chrono::TimeDelta;
use identity::ports::{AccessTokens, TokenError};
use identity::{Algorithm, Claims, SigningKey};
use jsonwebtoken::{Validation, decode, decode_header, encode};
use kernel::{Fault, Secret, Time};
use serde_json::Value;

use self::keyring::Keyring;
use self::wire::Wire;

/// Access tokens as JWTs. The algorithm is this configuration's and the keys are this installation's; a token only says
/// which of them it was signed by.
pub struct JwtAccessTokens {
    algorithm: Algorithm,
    keyring: ArcSwap<Keyring>,
    validation: Validation,
    issuer: String,
    audience: String,
}

/// A check against nothing would let everything pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("issuer and audience of access tokens must not be empty")]
pub struct NameMissing;

impl JwtAccessTokens {
    /// Longer than any we make: not worth a look.
    const LONGEST: usize = 4_096;
    /// How far the clocks of two nodes may be apart before one refuses what the other has just signed.
    const SKEW: TimeDelta = TimeDelta::seconds(10);

    /// Nothing is signed and nothing read before [`JwtAccessTokens::set_keys`].
    pub fn new(algorithm: Algorithm, issuer: &str, audience: &str) -> Result<Self, NameMissing> {
        if issuer.trim().is_empty() || audience.trim().is_empty() {
            return Err(NameMissing);
        }
        let mut validation = Validation::new(keyring::name(algorithm));
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        // Presence is `Wire`'s business, and time is the caller's, not the system clock's.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Ok(Self {
            algorithm,
            keyring: ArcSwap::default(),
            validation,
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
        })
    }

    /// From now on these keys count and no others; those of another algorithm are passed over. One that can't be read is
    /// a fault, and the others count all the same.
    pub fn set_keys(&self, keys: &[SigningKey]) -> Result<(), Fault> {
        let (keyring, outcome) = Keyring::of(keys, self.algorithm);
        self.keyring.store(keyring.into());
        outcome
    }
}

impl AccessTokens for JwtAccessTokens {
    fn issue(&self, claims: &Claims) -> Result<Secret, Fault> {
        let keyring = self.keyring.load();
        let key = keyring.signing(claims.issued_at);
        let key = key.ok_or_else(|| Fault::defect("there is no key to sign access tokens with"))?;
        let wire = Wire::of(claims, &self.issuer, &self.audience);
        encode(&key.header, &wire, &key.signing).map(Secret::new).map_err(|e| Fault::Failed(e.into()))
    }

    fn read(&self, token: &str, at: Time) -> Result<Claims, TokenError> {
        if token.len() > Self::LONGEST {
            return Err(TokenError::Invalid);
        }
        let kid = decode_header(token).ok().and_then(|it| it.kid).ok_or(TokenError::Invalid)?;
        let keyring = self.keyring.load();
        let key = keyring.named(&kid, at).ok_or(TokenError::Invalid)?;
        let wire = decode::<Wire>(token, &key.verifying, &self.validation).map_err(|_| TokenError::Invalid)?.claims;
        if at + Self::SKEW < wire.nbf {
            return Err(TokenError::Invalid);
        }
        let claims = wire.claims();
        if at < claims.expires_at { Ok(claims) } else { Err(TokenError::Expired(Box::new(claims))) }
    }

    fn public_keys(&self, at: Time) -> Value {
        self.keyring.load().public(at)
    }
}
