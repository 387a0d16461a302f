use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use kernel::{EventId, Fault, Time};
use sha2::Sha256;

use crate::model::SigningSecret;

/// The `webhook-signature` of a delivery (Standard Webhooks 1.0): `v1,` and the base64 of HMAC-SHA256 over
/// `id.timestamp.body`, the timestamp in Unix seconds.
pub fn sign(secret: &SigningSecret, id: EventId, at: Time, body: &str) -> Result<String, Fault> {
    let key = secret.key().ok_or_else(|| Fault::defect("a signing secret is none"))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|e| Fault::Failed(e.into()))?;
    mac.update(format!("{id}.{}.{body}", at.timestamp()).as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}
