use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::cbor;

/// A browser at an origin and the authenticator behind it, which makes passkeys that sign by ES256 and count; honest
/// unless told otherwise. Never to be used for more than tests.
pub struct SoftAuthenticator {
    /// What it does wrong from now on.
    pub lies: Lies,
    origin: String,
    held: Vec<Held>,
}

/// What a [`SoftAuthenticator`] does wrong.
#[derive(Clone, Debug, Default)]
pub struct Lies {
    /// Another origin than its own.
    pub origin: Option<String>,
    /// Whether it is a page within another's.
    pub cross_origin: bool,
    /// Another relying party than the one that asks.
    pub relying_party: Option<String>,
    /// Another challenge than the one asked.
    pub challenge: Option<String>,
    /// Another user's handle than the one stored.
    pub user_handle: Option<Vec<u8>>,
    /// Another counter than the next.
    pub counter: Option<u32>,
    /// Whether it takes anybody for its owner.
    pub unverified: bool,
    /// Whether the signature is spoiled.
    pub tampered: bool,
}

struct Held {
    id: Vec<u8>,
    relying_party: String,
    user: Vec<u8>,
    pair: EcdsaKeyPair,
    counter: u32,
}

const PRESENT: u8 = 1;
const VERIFIED: u8 = 4;
const ATTESTED: u8 = 64;

#[expect(clippy::expect_used, reason = "for tests only")]
impl SoftAuthenticator {
    /// In a browser at this origin: `https://example.org`.
    #[must_use]
    pub fn new(origin: &str) -> Self {
        Self { lies: Lies::default(), origin: origin.to_owned(), held: Vec::new() }
    }

    /// What `navigator.credentials.create(options)` answers, as JSON.
    ///
    /// # Panics
    /// Where the options are none.
    pub fn create(&mut self, options: &Value) -> Value {
        let options = &options["publicKey"];
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("there is randomness");
        let point = pair.public_key().as_ref();
        let id = Sha256::digest(point).to_vec();
        let relying_party = text(&options["rp"]["id"]).to_owned();
        let user = URL_SAFE_NO_PAD.decode(text(&options["user"]["id"])).expect("a user handle is base64url");

        // The point is 4, x, y (SEC 1, section 2.3.3); the key is EC2, ES256, P-256, x, y (RFC 9053, section 7.1).
        let (x, y) = point[1..].split_at(32);
        let key = cbor::map([
            (cbor::integer(1), cbor::integer(2)),
            (cbor::integer(3), cbor::integer(-7)),
            (cbor::integer(-1), cbor::integer(1)),
            (cbor::integer(-2), cbor::bytes(x)),
            (cbor::integer(-3), cbor::bytes(y)),
        ]);
        let aaguid = [0; 16];
        let length = u16::try_from(id.len()).expect("an id is short").to_be_bytes();
        let counter = self.lies.counter.unwrap_or(0);
        let data = [self.head(&relying_party, ATTESTED, counter), [&aaguid[..], &length, &id].concat(), key].concat();
        let attestation = cbor::map([
            (cbor::text("fmt"), cbor::text("none")),
            (cbor::text("attStmt"), cbor::map([])),
            (cbor::text("authData"), cbor::bytes(&data)),
        ]);

        let response = json!({
            "clientDataJSON": URL_SAFE_NO_PAD.encode(self.client_data("webauthn.create", options)),
            "attestationObject": URL_SAFE_NO_PAD.encode(attestation),
            "transports": ["internal", "hybrid"],
        });
        let answer = credential(&id, &response, &json!({"credProps": {"rk": true}}));
        self.held.push(Held { id, relying_party, user, pair, counter });
        answer
    }

    /// What `navigator.credentials.get(options)` answers, as JSON, by the newest passkey that the options allow.
    ///
    /// # Panics
    /// Where the options are none, or it holds no such passkey.
    pub fn get(&mut self, options: &Value) -> Value {
        let options = &options["publicKey"];
        let allowed = options["allowCredentials"].as_array().map_or(&[][..], Vec::as_slice);
        let is_allowed = |it: &Held| {
            let id = URL_SAFE_NO_PAD.encode(&it.id);
            it.relying_party == options["rpId"] && (allowed.is_empty() || allowed.iter().any(|one| one["id"] == *id))
        };
        let at = self.held.iter().rposition(is_allowed).expect("it holds a passkey for this");
        self.held[at].counter = self.lies.counter.unwrap_or(self.held[at].counter + 1);

        let Held { id, relying_party, user, pair, counter } = &self.held[at];
        let client_data = self.client_data("webauthn.get", options);
        let data = self.head(relying_party, 0, *counter);
        let signed = [data.as_slice(), &Sha256::digest(&client_data)].concat();
        let signature = pair.sign(&SystemRandom::new(), &signed).expect("it signs");
        let mut signature = signature.as_ref().to_vec();
        if self.lies.tampered {
            *signature.last_mut().expect("a signature is not empty") ^= 1;
        }
        let handle = self.lies.user_handle.as_ref().unwrap_or(user);
        let response = json!({
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "signature": URL_SAFE_NO_PAD.encode(signature),
            "userHandle": URL_SAFE_NO_PAD.encode(handle),
        });
        credential(id, &response, &json!({}))
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({
            "type": kind,
            "challenge": self.lies.challenge.as_deref().unwrap_or(text(&options["challenge"])),
            "origin": self.lies.origin.as_ref().unwrap_or(&self.origin),
            "crossOrigin": self.lies.cross_origin,
        });
        data.to_string().into_bytes()
    }

    /// Authenticator data up to the counter.
    fn head(&self, relying_party: &str, flags: u8, counter: u32) -> Vec<u8> {
        let relying_party = self.lies.relying_party.as_deref().unwrap_or(relying_party);
        let verified = if self.lies.unverified { 0 } else { VERIFIED };
        let flags = flags | PRESENT | verified;
        [Sha256::digest(relying_party).as_slice(), &[flags], &counter.to_be_bytes()].concat()
    }
}

/// As `PublicKeyCredential.toJSON` writes it.
fn credential(id: &[u8], response: &Value, extensions: &Value) -> Value {
    let id = URL_SAFE_NO_PAD.encode(id);
    json!({
        "id": id,
        "rawId": id,
        "type": "public-key",
        "authenticatorAttachment": "platform",
        "response": response,
        "clientExtensionResults": extensions,
    })
}

#[expect(clippy::expect_used, reason = "for tests only")]
fn text(of: &Value) -> &str {
    of.as_str().expect("a text in the options")
}
