use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use kernel::{Ids, Secret};
use sha2::Sha256;
use zeroize::Zeroizing;

/// How deliveries are signed (Standard Webhooks 1.0, "Signature scheme").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// HMAC-SHA256 under a secret that the receiver knows too: `v1`.
    Symmetric,
    /// Ed25519: the receiver knows a public key, and can sign nothing by it: `v1a`.
    Asymmetric,
}

impl Scheme {
    /// As told, and as it stands before a signature.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Symmetric => "v1",
            Self::Asymmetric => "v1a",
        }
    }

    /// `None` for what is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Symmetric, Self::Asymmetric].into_iter().find(|it| it.as_str() == text)
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::Symmetric => "whsec_",
            Self::Asymmetric => "whsk_",
        }
    }
}

/// What an endpoint's deliveries are signed with: 32 random bytes in standard base64, after `whsec_` where both sides know
/// them, after `whsk_` where they are ours alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningSecret(Secret);

impl SigningSecret {
    /// A new one.
    #[must_use]
    pub fn generate(scheme: Scheme, ids: &dyn Ids) -> Self {
        Self(Secret::new(format!("{}{}", scheme.prefix(), STANDARD.encode(ids.bytes()))))
    }

    /// From storage; `None` where it is none.
    #[must_use]
    pub fn parse(text: Secret) -> Option<Self> {
        let secret = Self(text);
        secret.key().is_some().then_some(secret)
    }

    /// As stored, sealed; the symmetric one as shown once.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.0
    }

    /// How it signs.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        let asymmetric = self.0.expose().starts_with(Scheme::Asymmetric.prefix());
        if asymmetric { Scheme::Asymmetric } else { Scheme::Symmetric }
    }

    /// What the receiver verifies with, where that is no secret: `whpk_` and standard base64.
    #[must_use]
    pub fn public_key(&self) -> Option<String> {
        match self.key()? {
            Key::Symmetric(_) => None,
            Key::Asymmetric(key) => Some(format!("whpk_{}", STANDARD.encode(key.verifying_key().as_bytes()))),
        }
    }

    /// The signature of this text, after its scheme and a comma.
    pub(crate) fn sign(&self, text: &str) -> Option<String> {
        let signature = match self.key()? {
            Key::Symmetric(key) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
                mac.update(text.as_bytes());
                STANDARD.encode(mac.finalize().into_bytes())
            }
            Key::Asymmetric(key) => STANDARD.encode(key.sign(text.as_bytes()).to_bytes()),
        };
        Some(format!("{},{signature}", self.scheme().as_str()))
    }

    fn key(&self) -> Option<Key> {
        let scheme = self.scheme();
        let bytes = Zeroizing::new(STANDARD.decode(self.0.expose().strip_prefix(scheme.prefix())?).ok()?);
        match scheme {
            Scheme::Symmetric => (!bytes.is_empty()).then_some(Key::Symmetric(bytes)),
            Scheme::Asymmetric => Some(Key::Asymmetric(SigningKey::from_bytes(bytes.as_slice().try_into().ok()?))),
        }
    }
}

enum Key {
    Symmetric(Zeroizing<Vec<u8>>),
    Asymmetric(SigningKey),
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signature, VerifyingKey};
    use kernel::testing::SeqIds;

    use super::*;

    #[test]
    fn a_new_one_has_32_bytes_of_its_own() {
        let ids = SeqIds::default();
        for scheme in [Scheme::Symmetric, Scheme::Asymmetric] {
            let (one, other) = (SigningSecret::generate(scheme, &ids), SigningSecret::generate(scheme, &ids));
            let text = one.secret().expose();
            assert_eq!(STANDARD.decode(text.split_once('_').unwrap().1).unwrap().len(), 32);
            assert_ne!(one, other);
            assert_eq!(one.scheme(), scheme);
            assert_eq!(SigningSecret::parse(one.secret().clone()), Some(one));
        }
    }

    #[test]
    fn what_is_none_or_empty_is_no_secret() {
        for bad in [
            "",
            "whsec_",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_!!!!",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
            "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ] {
            assert!(SigningSecret::parse(Secret::new(bad)).is_none(), "{bad}");
        }
    }

    /// The first test of RFC 8032, section 7.1, and what it signs of our own.
    #[test]
    fn an_asymmetric_signature_is_verified_by_the_public_key_alone() {
        let secret = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
        let secret = SigningSecret::parse(Secret::new(secret)).unwrap();
        let public = secret.public_key().unwrap();
        assert_eq!(public, "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
        let bytes = STANDARD.decode(public.strip_prefix("whpk_").unwrap()).unwrap();
        let public = VerifyingKey::from_bytes(bytes.as_slice().try_into().unwrap()).unwrap();
        let signed = secret.sign("text").unwrap();
        let signature = STANDARD.decode(signed.strip_prefix("v1a,").unwrap()).unwrap();
        let signature = Signature::from_slice(&signature).unwrap();
        assert!(public.verify_strict(b"text", &signature).is_ok());
        assert!(public.verify_strict(b"other", &signature).is_err());
    }

    #[test]
    fn a_symmetric_secret_has_no_public_key() {
        assert_eq!(SigningSecret::generate(Scheme::Symmetric, &SeqIds::default()).public_key(), None);
    }
}
