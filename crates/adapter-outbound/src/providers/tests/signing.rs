use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What signs a token, or pretends to.
pub enum Signer {
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair, &'static str, &'static dyn RsaEncoding),
    Hmac(Vec<u8>),
    Nobody,
}

impl Signer {
    pub fn p256() -> Self {
        Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    /// One of each asymmetric kind.
    pub fn kinds() -> Vec<Self> {
        let rsa = || RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        vec![
            Self::p256(),
            Self::P384(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap()),
            Self::Ed25519(Ed25519KeyPair::generate().unwrap()),
            Self::Rsa(rsa(), "RS256", &RSA_PKCS1_SHA256),
            Self::Rsa(rsa(), "PS256", &RSA_PSS_SHA256),
        ]
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::P256(_) => "ES256",
            Self::P384(_) => "ES384",
            Self::Ed25519(_) => "EdDSA",
            Self::Rsa(_, name, _) => name,
            Self::Hmac(_) => "HS256",
            Self::Nobody => "none",
        }
    }

    /// The public half, as bytes that a confused verifier could take for a shared secret.
    pub fn public(&self) -> Vec<u8> {
        match self {
            Self::P256(it) | Self::P384(it) => it.public_key().as_ref().to_vec(),
            Self::Ed25519(it) => it.public_key().as_ref().to_vec(),
            Self::Rsa(it, ..) => it.public_key().as_ref().to_vec(),
            Self::Hmac(_) | Self::Nobody => unreachable!("it has no public half"),
        }
    }

    pub fn jwk(&self, kid: &str) -> Value {
        let public = self.public();
        let ec = |crv: &str| {
            let (x, y) = public[1..].split_at((public.len() - 1) / 2);
            json!({"kty": "EC", "crv": crv, "x": base64url(x), "y": base64url(y)})
        };
        let mut jwk = match self {
            Self::P256(_) => ec("P-256"),
            Self::P384(_) => ec("P-384"),
            Self::Ed25519(_) => json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(&public)}),
            // PKCS #1: two headers of four bytes and a zero, then 2048 bits of modulus.
            Self::Rsa(..) => json!({"kty": "RSA", "n": base64url(&public[9..265]), "e": "AQAB"}),
            Self::Hmac(_) | Self::Nobody => unreachable!("it has no public half"),
        };
        jwk["kid"] = kid.into();
        jwk["use"] = "sig".into();
        jwk
    }

    pub fn token(&self, kid: &str, claims: &Value) -> String {
        let header = json!({"alg": self.algorithm(), "kid": kid, "typ": "JWT"});
        let signed = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
        let (message, random) = (signed.as_bytes(), SystemRandom::new());
        let signature = match self {
            Self::P256(it) | Self::P384(it) => it.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Ed25519(it) => it.sign(message).as_ref().to_vec(),
            Self::Rsa(it, _, padding) => {
                let mut signature = vec![0; it.public_modulus_len()];
                it.sign(*padding, &random, message, &mut signature).unwrap();
                signature
            }
            Self::Hmac(key) => hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref().to_vec(),
            Self::Nobody => Vec::new(),
        };
        format!("{signed}.{}", base64url(signature))
    }
}
