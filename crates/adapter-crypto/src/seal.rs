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
    cipher: Aes256Gcm,
    head: [u8; HEAD],
    ids: Arc<dyn Ids>,
}

impl AesSealer {
    const VERSION: u8 = 1;

    /// Seals and opens under one key.
    #[must_use]
    pub fn new(key: &Key, ids: Arc<dyn Ids>) -> Self {
        let [a, b, c, d] = key.id();
        Self { cipher: Aes256Gcm::new(key.expose().into()), head: [Self::VERSION, a, b, c, d], ids }
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
        let payload = Payload { msg: text.expose().as_bytes(), aad: &self.bound_to(place) };
        let sealed = self.cipher.encrypt(&Nonce::from(nonce), payload).expect("a text shorter than 64 GiB");
        [self.head.as_slice(), &nonce, &sealed].concat()
    }

    fn open(&self, place: &str, sealed: &[u8]) -> Result<Secret, Fault> {
        let broken = || Fault::defect("something sealed does not open");
        let (head, rest) = sealed.split_first_chunk::<HEAD>().ok_or_else(broken)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE>().ok_or_else(broken)?;
        if *head != self.head {
            return Err(Fault::defect("something was sealed under another key"));
        }
        let payload = Payload { msg: text, aad: &self.bound_to(place) };
        let plain = self.cipher.decrypt(&Nonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| broken())?;
        std::str::from_utf8(&plain).map(Secret::new).map_err(|_| broken())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::{Sealer, Secret};

    use super::AesSealer;
    use crate::{MasterKey, Purpose, RandomIds};

    fn sealer(secret: &str) -> AesSealer {
        let master = MasterKey::parse(&Secret::new(secret)).unwrap();
        AesSealer::new(&master.derive(Purpose::Sealing), Arc::new(RandomIds::default()))
    }

    fn ours() -> AesSealer {
        sealer("b1946ac92492d2347c6235b4d2611184")
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
        assert!(sealer("5891b5b522d5df086d0ff0b110fbd9d2").open("mail 1", &sealed).is_err());
    }
}
