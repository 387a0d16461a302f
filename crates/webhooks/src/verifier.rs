use kernel::Secret;
use serde::{Deserialize, Serialize};

use crate::model::{Scheme, SigningSecret};

/// What a receiver verifies deliveries with; shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verifier {
    /// By which scheme.
    scheme: String,
    /// The secret that both sides know, or the public key.
    #[serde(with = "kernel::exposed")]
    key: Secret,
}

impl Verifier {
    pub(crate) fn of(secret: &SigningSecret) -> Self {
        let key = secret.public_key().map_or_else(|| secret.secret().clone(), Secret::new);
        Self { scheme: secret.scheme().as_str().to_owned(), key }
    }

    /// `v1` or `v1a`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The secret that both sides know.
    #[must_use]
    pub fn secret(&self) -> Option<&Secret> {
        (self.scheme == Scheme::Symmetric.as_str()).then_some(&self.key)
    }

    /// The public key.
    #[must_use]
    pub fn public_key(&self) -> Option<&str> {
        (self.scheme == Scheme::Asymmetric.as_str()).then(|| self.key.expose())
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::SeqIds;

    use super::*;

    #[test]
    fn what_is_ours_alone_is_never_shown() {
        let secret = SigningSecret::generate(Scheme::Symmetric, &SeqIds::default());
        let shown = Verifier::of(&secret);
        assert_eq!((shown.secret(), shown.public_key()), (Some(secret.secret()), None));

        let secret = SigningSecret::generate(Scheme::Asymmetric, &SeqIds::default());
        let shown = Verifier::of(&secret);
        assert_eq!((shown.secret(), shown.public_key()), (None, secret.public_key().as_deref()));
    }
}
