use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::{Algorithm, SigningKey};
use jsonwebtoken::{DecodingKey, EncodingKey, Header};
use kernel::{Fault, SigningKeyId, Time};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// The keys of one algorithm that this node knows.
#[derive(Default)]
pub(super) struct Keyring(Vec<Key>);

pub(super) struct Key {
    pub header: Header,
    pub signing: EncodingKey,
    pub verifying: DecodingKey,
    kid: String,
    id: SigningKeyId,
    signs_from: Time,
    retires_at: Option<Time>,
    /// As in a JWK set; a key that is only ever secret has none.
    public: Option<Value>,
}

/// As a token's header names it.
pub(super) const fn name(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::Hs256 => jsonwebtoken::Algorithm::HS256,
        Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
    }
}

impl Keyring {
    /// Of these keys those of this algorithm that open, and a fault where some of them are none.
    pub fn of(keys: &[SigningKey], algorithm: Algorithm) -> (Self, Result<(), Fault>) {
        let (mut ring, mut fault) = (Vec::new(), Ok(()));
        for row in keys.iter().filter(|it| it.algorithm == algorithm && it.secret.is_some()) {
            match Key::of(row) {
                Some(key) => ring.push(key),
                None => fault = Err(Fault::defect(format!("the signing key {} is not 32 bytes", row.id))),
            }
        }
        (Self(ring), fault)
    }

    /// The newest that signs at this moment.
    pub fn signing(&self, at: Time) -> Option<&Key> {
        self.0.iter().filter(|it| it.signs_from <= at && it.counts(at)).max_by_key(|it| (it.signs_from, it.id))
    }

    /// The one of this name, while it counts.
    pub fn named(&self, kid: &str, at: Time) -> Option<&Key> {
        self.0.iter().find(|it| it.kid == kid && it.counts(at))
    }

    /// A JWK set (RFC 7517, section 5); those that do not sign yet are in it, so that nobody meets one unprepared.
    pub fn public(&self, at: Time) -> Value {
        let keys: Vec<_> = self.0.iter().filter(|it| it.counts(at)).filter_map(|it| it.public.as_ref()).collect();
        json!({ "keys": keys })
    }
}

impl Key {
    fn of(row: &SigningKey) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(row.secret.as_ref()?.expose()).ok()?);
        let secret: &[u8; 32] = bytes.as_slice().try_into().ok()?;
        let kid = row.id.to_string();
        let (signing, verifying, public) = match row.algorithm {
            Algorithm::Hs256 => (EncodingKey::from_secret(secret), DecodingKey::from_secret(secret), None),
            Algorithm::EdDsa => {
                let pair = Ed25519KeyPair::from_seed_unchecked(secret).ok()?;
                let public = pair.public_key().as_ref();
                // RFC 8037, section 2.
                let jwk = json!({
                    "kty": "OKP",
                    "crv": "Ed25519",
                    "x": URL_SAFE_NO_PAD.encode(public),
                    "kid": kid,
                    "alg": row.algorithm.as_str(),
                    "use": "sig",
                });
                let signing = EncodingKey::from_ed_der(pair.to_pkcs8v1().ok()?.as_ref());
                (signing, DecodingKey::from_ed_der(public), Some(jwk))
            }
        };
        let header = Header { kid: Some(kid.clone()), ..Header::new(name(row.algorithm)) };
        let (signs_from, retires_at) = (row.signs_from, row.retires_at);
        Some(Self { header, signing, verifying, kid, id: row.id, signs_from, retires_at, public })
    }

    fn counts(&self, at: Time) -> bool {
        self.retires_at.is_none_or(|it| at < it)
    }
}
