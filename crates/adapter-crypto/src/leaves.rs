use audit::Author;
use audit::ports::LeafSealer;
use aws_lc_rs::hmac::{self, HMAC_SHA256};

use crate::Key;

/// Which key.
const ID: usize = 4;

/// HMAC-SHA-256 (RFC 2104) under a key of the installation's secret. A seal is the key's id and the code.
pub struct HmacLeafSealer {
    current: Keyed,
    former: Vec<Keyed>,
}

struct Keyed {
    id: [u8; ID],
    key: hmac::Key,
}

impl Keyed {
    fn of(key: &Key) -> Self {
        Self { id: key.id(), key: hmac::Key::new(HMAC_SHA256, key.expose()) }
    }
}

impl HmacLeafSealer {
    /// Seals under `key`; knows what was sealed under it or one of the `former` ones.
    #[must_use]
    pub fn new(key: &Key, former: &[Key]) -> Self {
        Self { current: Keyed::of(key), former: former.iter().map(Keyed::of).collect() }
    }
}

impl LeafSealer for HmacLeafSealer {
    fn seal(&self, text: &[u8]) -> Vec<u8> {
        [self.current.id.as_slice(), hmac::sign(&self.current.key, text).as_ref()].concat()
    }

    fn author(&self, text: &[u8], seal: &[u8]) -> Author {
        let Some((id, code)) = seal.split_first_chunk::<ID>() else { return Author::Stranger };
        match std::iter::once(&self.current).chain(&self.former).find(|it| it.id == *id) {
            None => Author::Unknown,
            Some(it) if hmac::verify(&it.key, text, code).is_ok() => Author::Ours,
            Some(_) => Author::Stranger,
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Secret;

    use super::*;
    use crate::{MasterKey, Purpose};

    fn key(secret: &str) -> Key {
        MasterKey::parse(&Secret::new(secret)).unwrap().derive(Purpose::Leaves)
    }

    const OURS: &str = "b1946ac92492d2347c6235b4d2611184";
    const NEWER: &str = "5891b5b522d5df086d0ff0b110fbd9d2";

    #[test]
    fn leaf_1_a_seal_is_good_for_its_text_alone() {
        let sealer = HmacLeafSealer::new(&key(OURS), &[]);
        let seal = sealer.seal(b"one");
        assert_eq!(sealer.author(b"one", &seal), Author::Ours);
        assert_eq!(sealer.author(b"other", &seal), Author::Stranger);
        for bad in [&seal[..4], &seal[..35], &[], &[seal.as_slice(), &[0]].concat()] {
            assert_eq!(sealer.author(b"one", bad), Author::Stranger, "{bad:?}");
        }
    }

    #[test]
    fn leaf_2_a_key_that_is_not_known_is_no_bad_seal() {
        let seal = HmacLeafSealer::new(&key(OURS), &[]).seal(b"one");
        assert_eq!(HmacLeafSealer::new(&key(NEWER), &[]).author(b"one", &seal), Author::Unknown);
        let both = HmacLeafSealer::new(&key(NEWER), &[key(OURS)]);
        assert_eq!((both.author(b"one", &seal), both.author(b"two", &seal)), (Author::Ours, Author::Stranger));
    }
}
