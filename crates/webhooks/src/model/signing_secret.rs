use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kernel::{Ids, Secret};

/// What an endpoint's deliveries are signed with: `whsec_` and 32 random bytes in standard base64 (Standard Webhooks
/// 1.0, "Symmetric").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningSecret(Secret);

impl SigningSecret {
    const PREFIX: &'static str = "whsec_";

    /// A new one.
    #[must_use]
    pub fn generate(ids: &dyn Ids) -> Self {
        Self(Secret::new(format!("{}{}", Self::PREFIX, STANDARD.encode(ids.bytes()))))
    }

    /// From storage; `None` where it is none.
    #[must_use]
    pub fn parse(text: Secret) -> Option<Self> {
        let secret = Self(text);
        secret.key().as_ref().is_some_and(|key| !key.is_empty()).then_some(secret)
    }

    /// As shown once, and as stored, sealed.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.0
    }

    /// The key of the signature.
    pub(crate) fn key(&self) -> Option<Vec<u8>> {
        STANDARD.decode(self.0.expose().strip_prefix(Self::PREFIX)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::SeqIds;

    use super::*;

    #[test]
    fn a_new_one_has_32_bytes_of_its_own() {
        let ids = SeqIds::default();
        let (one, other) = (SigningSecret::generate(&ids), SigningSecret::generate(&ids));
        assert_eq!(one.key().unwrap().len(), 32);
        assert_ne!(one, other);
        assert_eq!(SigningSecret::parse(one.secret().clone()), Some(one));
    }

    #[test]
    fn what_is_none_or_empty_is_no_secret() {
        for bad in
            ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!!!", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS"]
        {
            assert!(SigningSecret::parse(Secret::new(bad)).is_none(), "{bad}");
        }
    }
}
