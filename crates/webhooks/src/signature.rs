use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use kernel::{EventId, Fault, Time};
use sha2::Sha256;

use crate::model::SigningSecret;

/// The `webhook-signature` of a delivery (Standard Webhooks 1.0): `v1,` and the base64 of HMAC-SHA256 over
/// `id.timestamp.body`, the timestamp in Unix seconds.
pub fn sign(secret: &SigningSecret, id: EventId, at: Time, body: &str) -> Result<String, Fault> {
    signature(secret, &id.to_string(), at.timestamp(), body)
}

fn signature(secret: &SigningSecret, id: &str, timestamp: i64, body: &str) -> Result<String, Fault> {
    let key = secret.key().ok_or_else(|| Fault::defect("a signing secret is none"))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|e| Fault::Failed(e.into()))?;
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use kernel::Secret;
    use kernel::testing::{NOON, nth};

    use super::*;

    fn secret() -> SigningSecret {
        SigningSecret::parse(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).unwrap()
    }

    /// The reference libraries of Standard Webhooks test themselves with this one.
    #[test]
    fn signs_as_the_reference_does() {
        assert_eq!(
            signature(&secret(), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#).unwrap(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn id_time_and_body_are_signed() {
        let signed = sign(&secret(), nth(1), NOON, "{}").unwrap();
        assert_eq!(
            signed,
            signature(&secret(), "00000000-0000-0000-0000-000000000001", NOON.timestamp(), "{}").unwrap()
        );
        assert_ne!(signed, sign(&secret(), nth(2), NOON, "{}").unwrap());
        assert_ne!(signed, sign(&secret(), nth(1), NOON + chrono::TimeDelta::seconds(1), "{}").unwrap());
        assert_ne!(signed, sign(&secret(), nth(1), NOON, "{ }").unwrap());
    }
}
