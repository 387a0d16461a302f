use kernel::{Detail, Recorded, Secret, SigningKeyId, Time};

/// How access tokens are signed. The configuration decides, never the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-256 (RFC 7518, section 3.2).
    Hs256,
    /// Ed25519 (RFC 8037).
    EdDsa,
}

impl Algorithm {
    /// As in a token's `alg`, and as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// `None` for any other.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Hs256, Self::EdDsa].into_iter().find(|it| it.as_str() == text)
    }
}

/// A key that signs access tokens, sealed at rest. Of each algorithm at most one has no end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// The tokens' `kid`.
    pub id: SigningKeyId,
    /// What it is a key for.
    pub algorithm: Algorithm,
    /// 32 random bytes in base64url: an HMAC key, or an Ed25519 seed. Absent where it does not open, sealed under another
    /// `SECRET_KEY`.
    pub secret: Option<Secret>,
    /// When it was made.
    pub created_at: Time,
    /// From when on it signs: every node must know it by then.
    pub signs_from: Time,
    /// From when on what it signed is worth nothing; absent while it has no successor.
    pub retires_at: Option<Time>,
    /// Moves on with every change; the store sets it.
    pub version: i64,
}

impl SigningKey {
    /// Whether what it signed still counts.
    #[must_use]
    pub fn counts(&self, at: Time) -> bool {
        self.retires_at.is_none_or(|it| at < it)
    }
}

impl Recorded for SigningKey {
    fn record(&self) -> Vec<Detail> {
        vec![
            Detail::public("algorithm", self.algorithm.as_str()),
            Detail::public("signs_from", kernel::rfc3339(self.signs_from)),
            Detail::public("retires_at", self.retires_at.map(kernel::rfc3339)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use kernel::testing::{NOON, nth};

    use super::*;

    fn key(retires_at: Option<Time>) -> SigningKey {
        SigningKey {
            id: nth(1),
            algorithm: Algorithm::Hs256,
            secret: Some(Secret::new("hidden")),
            created_at: NOON,
            signs_from: NOON,
            retires_at,
            version: 1,
        }
    }

    #[test]
    fn a_key_counts_until_the_moment_it_retires() {
        assert!(key(None).counts(NOON));
        assert!(key(Some(NOON)).counts(NOON - TimeDelta::microseconds(1)));
        assert!(!key(Some(NOON)).counts(NOON));
    }

    #[test]
    fn the_trail_holds_no_key() {
        assert!(!format!("{:?}", key(Some(NOON)).record()).contains("hidden"));
    }

    #[test]
    fn algorithms_are_read_as_they_are_written() {
        for algorithm in [Algorithm::Hs256, Algorithm::EdDsa] {
            assert_eq!(Algorithm::parse(algorithm.as_str()), Some(algorithm));
        }
        for other in ["none", "hs256", "RS256", ""] {
            assert_eq!(Algorithm::parse(other), None);
        }
    }
}
