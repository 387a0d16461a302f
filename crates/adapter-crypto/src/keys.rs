use std::collections::HashSet;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hkdf::Hkdf;
use kernel::{Ids, Secret};
use sha2::Sha256;
use zeroize::Zeroizing;
use zxcvbn::zxcvbn;

/// Separates our keys from those that anybody else derives from the same text.
const SALT: &[u8] = b"portcullis";

/// What people write where a secret should stand, in lower case, without punctuation.
const PLACEHOLDERS: &[&str] = &[
    "09d25e094faa6ca2556c818166b7a956",
    "bitsecret",
    "bitslong",
    "changeit",
    "changeme",
    "changethis",
    "donotuse",
    "example",
    "insecure",
    "mysecret",
    "password",
    "placeholder",
    "portcullis",
    "replaceme",
    "secretkey",
    "supersecret",
    "yoursecret",
];

/// What a key is for; one key never serves two purposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Seals what is stored.
    Sealing,
    /// Authenticates the cursors of lists.
    Cursors,
    /// Authenticates tokens against forged requests.
    Csrf,
    /// Signs what the audit log comes to.
    Checkpoints,
    /// Shows who wrote a leaf that waits for the audit log.
    Leaves,
}

impl Purpose {
    const fn info(self) -> &'static str {
        match self {
            Self::Sealing => "sealing, 1",
            Self::Cursors => "cursors, 1",
            Self::Csrf => "csrf, 1",
            Self::Checkpoints => "checkpoints, 1",
            Self::Leaves => "leaves, 1",
        }
    }
}

/// The installation's one secret, from which all its keys are derived.
#[derive(Clone)]
pub struct MasterKey(Secret);

/// Why a text can't be the installation's secret. The text itself is never told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakKey {
    /// Anybody with a computer finds it.
    #[error("it is shorter than 32 bytes; `openssl rand -base64 32` makes a good one")]
    Short,
    /// It was never meant to be used.
    #[error("it is a well-known placeholder; `openssl rand -base64 32` makes a good one")]
    WellKnown,
    /// It repeats itself, counts, or is made of words.
    #[error("it is too easy to guess; `openssl rand -base64 32` makes a good one")]
    Guessable,
}

impl MasterKey {
    const SHORTEST: usize = 32;
    const FEWEST_CHARACTERS: usize = 8;
    /// Near the most that zxcvbn counts to; 32 random hexadecimal digits are far beyond it.
    const FEWEST_GUESSES: u64 = 10_u64.pow(19);

    /// The secret as configured; the text's bytes count, it is not decoded.
    pub fn parse(text: &Secret) -> Result<Self, WeakKey> {
        let text = text.expose().trim();
        if text.len() < Self::SHORTEST {
            return Err(WeakKey::Short);
        }
        let letters: String = text.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let letters = Zeroizing::new(letters);
        if PLACEHOLDERS.iter().any(|it| letters.contains(it)) {
            return Err(WeakKey::WellKnown);
        }
        let distinct = text.chars().collect::<HashSet<_>>().len();
        if distinct < Self::FEWEST_CHARACTERS || zxcvbn(text, &[]).guesses() < Self::FEWEST_GUESSES {
            return Err(WeakKey::Guessable);
        }
        Ok(Self(Secret::new(text)))
    }

    /// A new secret's text: 32 random bytes in base64.
    #[must_use]
    pub fn generate(ids: &dyn Ids) -> Secret {
        Secret::new(STANDARD.encode(*Zeroizing::new(ids.bytes())))
    }

    /// The key for a purpose, by HKDF-SHA256 (RFC 5869).
    #[must_use]
    pub fn derive(&self, purpose: Purpose) -> Key {
        expand(SALT, self.0.expose().as_bytes(), purpose.info())
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// A key of 256 bits: mute in `Debug`, wiped when dropped.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// The key itself. Every call is a place to look at in a review.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// A name for the key, which tells nothing about it.
    pub(crate) fn id(&self) -> [u8; 4] {
        let Key(name) = expand(SALT, self.expose(), "key id");
        std::array::from_fn(|i| name[i])
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

fn expand(salt: &[u8], secret: &[u8], info: &str) -> Key {
    let mut key = Zeroizing::new([0; 32]);
    let derived = Hkdf::<Sha256>::new(Some(salt), secret).expand(info.as_bytes(), key.as_mut_slice());
    debug_assert!(derived.is_ok(), "32 bytes are always within HKDF's reach");
    Key(key)
}

#[cfg(test)]
mod tests {
    use kernel::Secret;

    use super::*;
    use crate::RandomIds;

    fn parse(text: &str) -> Result<MasterKey, WeakKey> {
        MasterKey::parse(&Secret::new(text))
    }

    #[test]
    fn what_is_generated_is_good() {
        for _ in 0..20 {
            let text = MasterKey::generate(&RandomIds::default());
            assert_eq!(STANDARD.decode(text.expose()).unwrap().len(), 32);
            assert!(MasterKey::parse(&text).is_ok());
        }
    }

    #[test]
    fn what_operators_generate_is_good() {
        for good in [
            "b1946ac92492d2347c6235b4d2611184",
            "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
            "Zm9vIG5vdCByZWFsbHkgcmFuZG9tIQ7vq2Jd0xk=",
            "kX9#mP2$vL8@nQ4!wR6%tY1^zB3&cF5*",
        ] {
            assert!(parse(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn op_01_weak_secrets_are_refused() {
        for short in ["", "secret", "changeme", "b1946ac92492d2347c6235b4d261118", "   b1946ac92492d2347c6235b4d261   "]
        {
            assert_eq!(parse(short).unwrap_err(), WeakKey::Short, "{short}");
        }
        for known in [
            "changemechangemechangemechangeme",
            "change-me-change-me-change-me-change-me",
            "my-super-secret-key-for-production-use",
            "PLEASE_REPLACE_ME_b1946ac92492d2347c62",
        ] {
            assert_eq!(parse(known).unwrap_err(), WeakKey::WellKnown, "{known}");
        }
        for simple in [
            "a".repeat(32).as_str(),
            "\u{0}".repeat(32).as_str(),
            "secret".repeat(8).as_str(),
            "secret-".repeat(8).as_str(),
            "ab".repeat(40).as_str(),
            "0101101001110100101001101001101011010010",
            "abcdefghijklmnopqrstuvwxyz0123456789",
            "0123456789abcdef0123456789abcdef",
            "12345678901234567890123456789012",
            "--------------------------------abcdefgh",
        ] {
            assert_eq!(parse(simple).unwrap_err(), WeakKey::Guessable, "{simple}");
        }
    }

    #[test]
    fn a_refusal_does_not_repeat_the_secret() {
        let said = parse("changemechangemechangemechangeme").unwrap_err().to_string();
        assert!(!said.contains("changeme"), "{said}");
    }

    #[test]
    fn every_purpose_and_every_secret_has_a_key_of_its_own() {
        let one = parse("b1946ac92492d2347c6235b4d2611184").unwrap();
        let other = parse("5891b5b522d5df086d0ff0b110fbd9d2").unwrap();
        let purposes = [Purpose::Sealing, Purpose::Cursors, Purpose::Checkpoints, Purpose::Leaves];
        let keys: HashSet<_> =
            [&one, &other].into_iter().flat_map(|it| purposes.map(|purpose| *it.derive(purpose).expose())).collect();
        assert_eq!(keys.len(), 8);
        assert_eq!(one.derive(Purpose::Sealing).expose(), one.clone().derive(Purpose::Sealing).expose());
    }

    #[test]
    fn debug_is_mute() {
        let master = parse("b1946ac92492d2347c6235b4d2611184").unwrap();
        assert_eq!(format!("{master:?} {:?}", master.derive(Purpose::Cursors)), "MasterKey(…) Key(…)");
    }
}
