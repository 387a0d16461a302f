use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::Ids;

/// A text nobody may see by accident: mute in `Debug`, absent from `Serialize` and `Display`, wiped when dropped,
/// compared in constant time.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Every call is a place to look at in a review.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// `#[serde(with = "kernel::exposed")]`: says at the field that this secret leaves with its container (a sealed
/// answer, a response that shows it once).
pub mod exposed {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Secret;

    /// Writes the text itself.
    pub fn serialize<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.expose())
    }

    /// Reads the text.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }
}

/// A bearer secret of 32 random bytes, shown once as 43 characters of base64url; only its [`TokenHash`] is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(Secret);

impl Token {
    /// A new one.
    #[must_use]
    pub fn generate(ids: &dyn Ids) -> Self {
        Self(Secret::new(URL_SAFE_NO_PAD.encode(ids.bytes())))
    }

    /// One of 16 random bytes, in 32 hexadecimal digits: for people who may have to type it.
    #[must_use]
    pub fn readable(ids: &dyn Ids) -> Self {
        let bytes = Zeroizing::new(ids.bytes());
        Self(Secret(bytes[..16].iter().fold(Zeroizing::new(String::with_capacity(32)), |mut text, byte| {
            for digit in [byte >> 4, byte & 15] {
                text.extend(char::from_digit(u32::from(digit), 16));
            }
            text
        })))
    }

    /// The text to hand out.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.0
    }

    /// What to store.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(self.0.expose())
    }
}

/// SHA-256 of a bearer secret. The secrets are uniformly random, so a slow hash would add nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of what somebody presents, whatever it is.
    #[must_use]
    pub fn of(presented: &str) -> Self {
        Self(Sha256::digest(presented.as_bytes()).into())
    }

    /// From storage.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// For storage.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeqIds;

    #[test]
    fn debug_is_mute() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
        assert!(!format!("{:?}", Token::generate(&SeqIds::default())).contains('A'));
    }

    #[test]
    fn a_token_has_256_bits_in_43_characters() {
        let token = Token::generate(&SeqIds::default());
        assert_eq!(token.secret().expose().len(), 43);
        assert_eq!(token.hash(), TokenHash::of(token.secret().expose()));
    }

    #[test]
    fn a_readable_token_has_128_bits_in_32_digits() {
        let token = Token::readable(&SeqIds::default());
        assert_eq!(token.secret().expose(), "01000000000000000000000000000000");
        assert_eq!(token.hash(), TokenHash::of(token.secret().expose()));
    }

    #[test]
    fn each_byte_of_a_readable_token_is_two_digits() {
        #[derive(Debug)]
        struct Bytes([u8; 32]);
        impl Ids for Bytes {
            fn uuid(&self, _at: crate::Time) -> uuid::Uuid {
                unreachable!()
            }
            fn bytes(&self) -> [u8; 32] {
                self.0
            }
        }
        let of = |bytes| Token::readable(&Bytes(bytes)).secret().expose().to_owned();
        let counting = std::array::from_fn(|i| u8::try_from(i % 16).unwrap() * 17);
        assert_eq!(of(counting), "00112233445566778899aabbccddeeff");
        assert_eq!(of([0xa5; 32]), "a5".repeat(16));
    }
}
