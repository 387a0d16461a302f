use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};
use chrono::TimeDelta;
use hkdf::Hkdf;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{Act, Fault, Idempotency, Time};

/// How long an answer is remembered.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// Under what an answer is remembered: a hash of scope and key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnceKey(pub [u8; 32]);

/// What a repetition finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The fingerprint of the request that was answered.
    pub fingerprint: [u8; 32],
    /// Its answer, sealed.
    pub answer: Vec<u8>,
}

/// Makes a unit happen once: committed with it, found by the next request with the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// Under what.
    pub key: OnceKey,
    /// What the next one finds.
    pub remembered: Remembered,
    /// Until when.
    pub expires_at: Time,
}

impl Idempotency {
    /// Where to look.
    #[must_use]
    pub fn once_key(&self) -> OnceKey {
        OnceKey(self.derive("name"))
    }

    /// Remembers an answer. The fingerprint is keyed, so it can't be guessed from likely requests.
    pub(crate) fn remember(&self, act: &Act, answer: &impl Serialize) -> Result<Once, Fault> {
        Ok(Once {
            key: self.once_key(),
            remembered: Remembered { fingerprint: self.fingerprint(), answer: self.seal(act, answer)? },
            expires_at: act.at + KEPT,
        })
    }

    /// The answer given before, or [`Fault::KeyReused`] where the request was another.
    pub(crate) fn replay<T: DeserializeOwned>(&self, remembered: &Remembered) -> Result<T, Fault> {
        if remembered.fingerprint != self.fingerprint() {
            return Err(Fault::KeyReused);
        }
        self.open(&remembered.answer)
    }

    /// Seals an answer under a key that only the `Idempotency-Key` and its scope give, so the database alone can't tell it.
    pub fn seal(&self, act: &Act, answer: &impl Serialize) -> Result<Vec<u8>, Fault> {
        let plain = Zeroizing::new(serde_json::to_vec(answer).map_err(|e| Fault::Failed(e.into()))?);
        let nonce: [u8; 12] = first(&act.ids.bytes());
        let sealed = self
            .cipher()
            .encrypt(&Nonce::from(nonce), plain.as_slice())
            .map_err(|_| Fault::defect("an answer could not be sealed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// What was sealed under the same key and scope.
    pub fn open<T: DeserializeOwned>(&self, sealed: &[u8]) -> Result<T, Fault> {
        let (nonce, sealed) =
            sealed.split_first_chunk::<12>().ok_or_else(|| Fault::defect("a remembered answer is cut short"))?;
        let plain = self
            .cipher()
            .decrypt(&Nonce::from(*nonce), sealed)
            .map(Zeroizing::new)
            .map_err(|_| Fault::defect("a remembered answer does not open"))?;
        serde_json::from_slice(&plain).map_err(|e| Fault::Failed(e.into()))
    }

    fn fingerprint(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.derive("request"));
        hash.update(self.request);
        hash.finalize().into()
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&self.derive("answer").into())
    }

    fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0; 32];
        let derived = Hkdf::<Sha256>::new(Some(self.scope.as_bytes()), self.key.expose().as_bytes())
            .expand(purpose.as_bytes(), &mut key);
        debug_assert!(derived.is_ok(), "32 bytes are always within HKDF's reach");
        key
    }
}

fn first<const N: usize>(bytes: &[u8; 32]) -> [u8; N] {
    std::array::from_fn(|i| bytes[i])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;
    use crate::testing::act;

    fn idempotency(key: &str, request: u8) -> Idempotency {
        Idempotency { key: Secret::new(key), scope: "POST /tenants".into(), request: [request; 32] }
    }

    #[test]
    fn a_repetition_gets_the_same_answer() {
        let once = idempotency("k1", 1).remember(&act(), &"the answer").unwrap();
        assert_eq!(idempotency("k1", 1).once_key(), once.key);
        assert_eq!(idempotency("k1", 1).replay::<String>(&once.remembered).unwrap(), "the answer");
    }

    #[test]
    fn another_request_under_the_key_is_refused() {
        let once = idempotency("k1", 1).remember(&act(), &"the answer").unwrap();
        assert!(matches!(idempotency("k1", 2).replay::<String>(&once.remembered), Err(Fault::KeyReused)));
    }

    #[test]
    fn the_stored_answer_tells_nothing_without_the_key() {
        let once = idempotency("k1", 1).remember(&act(), &"the answer").unwrap();
        assert!(!String::from_utf8_lossy(&once.remembered.answer).contains("answer"));
        assert_ne!(idempotency("k2", 1).once_key(), once.key);
    }

    #[test]
    fn what_is_sealed_opens_under_the_same_key_and_scope_alone() {
        let act = act();
        let sealed = idempotency("k1", 1).seal(&act, &"the answer").unwrap();
        assert_eq!(idempotency("k1", 1).open::<String>(&sealed).unwrap(), "the answer");
        assert_eq!(idempotency("k1", 2).open::<String>(&sealed).unwrap(), "the answer", "the request is no part of it");
        let elsewhere = Idempotency { scope: "POST /other".into(), ..idempotency("k1", 1) };
        assert!(elsewhere.open::<String>(&sealed).is_err());
        assert_ne!(elsewhere.once_key(), idempotency("k1", 1).once_key());
        assert!(idempotency("k2", 1).open::<String>(&sealed).is_err());
        assert!(!String::from_utf8_lossy(&sealed).contains("answer"));
    }

    #[test]
    fn what_was_touched_or_cut_short_does_not_open() {
        let sealed = idempotency("k1", 1).seal(&act(), &"the answer").unwrap();
        for i in 0..sealed.len() {
            let mut touched = sealed.clone();
            touched[i] ^= 1;
            assert!(idempotency("k1", 1).open::<String>(&touched).is_err(), "byte {i}");
            assert!(idempotency("k1", 1).open::<String>(&sealed[..i]).is_err(), "{i} bytes");
        }
    }

    #[test]
    fn the_same_answer_is_sealed_otherwise_each_time() {
        let act = act();
        let seal = || idempotency("k1", 1).seal(&act, &"the answer").unwrap();
        assert_ne!(seal(), seal());
    }
}
