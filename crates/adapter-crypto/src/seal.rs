use std::sync::Arc;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use kernel::{Fault, Ids, Sealer, Secret};
use zeroize::Zeroizing;

use crate::Key;

/// One for the version, four for the key's id.
const HEAD: usize = 5;
const NONCE: usize = 12;

/// AES-256-GCM. A sealed text is version, key id, random nonce, ciphertext and tag; the place is authenticated with it.
pub struct AesSealer {
    current: Cipher,
    previous: Vec<Cipher>,
    ids: Arc<dyn Ids>,
}

impl AesSealer {
    const VERSION: u8 = 1;

    /// Seals under `key`; opens what was sealed under it or one of the `previous` ones.
    #[must_use]
    pub fn new(key: &Key, previous: &[Key], ids: Arc<dyn Ids>) -> Self {
        Self { current: Cipher::of(key), previous: previous.iter().map(Cipher::of).collect(), ids }
    }
}

/// A key at work, and what begins everything sealed under it.
struct Cipher {
    aes: Aes256Gcm,
    head: [u8; HEAD],
}

impl Cipher {
    fn of(key: &Key) -> Self {
        let [a, b, c, d] = key.id();
        Self { aes: Aes256Gcm::new(key.expose().into()), head: [AesSealer::VERSION, a, b, c, d] }
    }

    fn bound_to(&self, place: &str) -> Vec<u8> {
        [self.head.as_slice(), place.as_bytes()].concat()
    }
}

impl Sealer for AesSealer {
    #[expect(clippy::expect_used, reason = "it fails only beyond 64 GiB, and to store nothing instead would lose data")]
    fn seal(&self, place: &str, text: &Secret) -> Vec<u8> {
        let random = self.ids.bytes();
        let nonce: [u8; NONCE] = std::array::from_fn(|i| random[i]);
        let payload = Payload { msg: text.expose().as_bytes(), aad: &self.current.bound_to(place) };
        let sealed = self.current.aes.encrypt(&Nonce::from(nonce), payload).expect("a text shorter than 64 GiB");
        [self.current.head.as_slice(), &nonce, &sealed].concat()
    }

    fn open(&self, place: &str, sealed: &[u8]) -> Result<Secret, Fault> {
        let broken = || Fault::defect("something sealed does not open");
        let (head, rest) = sealed.split_first_chunk::<HEAD>().ok_or_else(broken)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE>().ok_or_else(broken)?;
        let cipher = std::iter::once(&self.current).chain(&self.previous).find(|it| it.head == *head);
        let cipher = cipher.ok_or_else(|| Fault::defect("something was sealed under another key"))?;
        let payload = Payload { msg: text, aad: &cipher.bound_to(place) };
        let plain = cipher.aes.decrypt(&Nonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| broken())?;
        std::str::from_utf8(&plain).map(Secret::new).map_err(|_| broken())
    }

    fn is_current(&self, sealed: &[u8]) -> bool {
        sealed.starts_with(&self.current.head)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::{Sealer, Secret};

    use super::AesSealer;
    use crate::{Key, MasterKey, Purpose, RandomIds};

    const OURS: &str = "b1946ac92492d2347c6235b4d2611184";
    const NEWER: &str = "5891b5b522d5df086d0ff0b110fbd9d2";
    const NEWEST: &str = "1bb4fc7163af34d08286a2e846f6be03";

    fn key(secret: &str) -> Key {
        MasterKey::parse(&Secret::new(secret)).unwrap().derive(Purpose::Sealing)
    }

    fn sealer(secret: &str, previous: &[&str]) -> AesSealer {
        let previous: Vec<_> = previous.iter().copied().map(key).collect();
        AesSealer::new(&key(secret), &previous, Arc::new(RandomIds::default()))
    }

    fn ours() -> AesSealer {
        sealer(OURS, &[])
    }

    #[test]
    fn what_was_sealed_opens_at_its_place() {
        for text in ["", "hunter2", "Grüße"] {
            let sealed = ours().seal("mail 1", &Secret::new(text));
            assert_eq!(ours().open("mail 1", &sealed).unwrap(), Secret::new(text));
        }
    }

    #[test]
    fn sealer_1_equal_texts_look_different() {
        let sealer = ours();
        let text = Secret::new("hunter2");
        let (one, other) = (sealer.seal("mail 1", &text), sealer.seal("mail 1", &text));
        assert_ne!(one, other);
        assert!(!String::from_utf8_lossy(&one).contains("hunter2"));
    }

    #[test]
    fn sealer_2_it_opens_nowhere_else() {
        let sealed = ours().seal("mail 1", &Secret::new("hunter2"));
        for elsewhere in ["mail 2", "mail 1 ", "", "mail"] {
            assert!(ours().open(elsewhere, &sealed).is_err(), "{elsewhere}");
        }
    }

    #[test]
    fn sealer_3_what_was_changed_or_cut_is_refused() {
        let sealed = ours().seal("mail 1", &Secret::new("hunter2"));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(ours().open("mail 1", &changed).is_err(), "byte {at}");
            assert!(ours().open("mail 1", &sealed[..at]).is_err(), "cut at {at}");
        }
        assert!(ours().open("mail 1", &[sealed, vec![0]].concat()).is_err());
    }

    #[test]
    fn sealer_3_another_key_is_refused() {
        let sealed = ours().seal("mail 1", &Secret::new("hunter2"));
        assert!(sealer(NEWER, &[]).open("mail 1", &sealed).is_err());
        assert!(sealer(NEWER, &[NEWEST]).open("mail 1", &sealed).is_err());
    }

    #[test]
    fn sealer_3_what_was_sealed_under_an_earlier_key_is_as_safe() {
        let sealed = ours().seal("mail 1", &Secret::new("hunter2"));
        let newer = sealer(NEWER, &[OURS]);
        assert!(newer.open("mail 2", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(newer.open("mail 1", &changed).is_err(), "byte {at}");
        }
        // To claim a key is not to have it.
        let theirs = newer.seal("mail 1", &Secret::new("hunter2"));
        let relabelled = [&sealed[..super::HEAD], &theirs[super::HEAD..]].concat();
        assert!(newer.open("mail 1", &relabelled).is_err());
    }

    #[test]
    fn a_key_can_be_replaced_again_and_again() {
        let text = Secret::new("hunter2");
        let newest = sealer(NEWEST, &[NEWER, OURS]);
        for earlier in [ours(), sealer(NEWER, &[OURS]), sealer(NEWEST, &[])] {
            assert_eq!(newest.open("mail 1", &earlier.seal("mail 1", &text)).unwrap(), text);
        }
        let sealed = newest.seal("mail 1", &text);
        assert!(ours().open("mail 1", &sealed).is_err(), "sealed under the new key, not an earlier one");
    }

    #[test]
    fn sealer_4_only_what_the_key_of_now_sealed_is_current() {
        let newer = sealer(NEWER, &[OURS]);
        let text = Secret::new("hunter2");
        assert!(newer.is_current(&newer.seal("mail 1", &text)));
        assert!(newer.is_current(&sealer(NEWER, &[]).seal("mail 2", &text)));
        for other in [ours(), sealer(NEWEST, &[NEWER])] {
            assert!(!newer.is_current(&other.seal("mail 1", &text)));
        }
        for nothing in [[].as_slice(), &[1], &[0; 100]] {
            assert!(!newer.is_current(nothing));
        }
    }
}
