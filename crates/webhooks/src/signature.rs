use kernel::{EventId, Fault, Time};

use crate::model::SigningSecret;

/// The `webhook-signature` of a delivery (Standard Webhooks 1.0): of each secret the signature over `id.timestamp.body`, the
/// timestamp in Unix seconds, with spaces between them.
pub fn sign(secrets: &[SigningSecret], id: EventId, at: Time, body: &str) -> Result<String, Fault> {
    signatures(secrets, &id.to_string(), at.timestamp(), body)
}

fn signatures(secrets: &[SigningSecret], id: &str, timestamp: i64, body: &str) -> Result<String, Fault> {
    let text = format!("{id}.{timestamp}.{body}");
    let sign = |it: &SigningSecret| it.sign(&text).ok_or_else(|| Fault::defect("a signing secret is none"));
    Ok(secrets.iter().map(sign).collect::<Result<Vec<_>, _>>()?.join(" "))
}

#[cfg(test)]
mod tests {
    use kernel::Secret;
    use kernel::testing::{NOON, SeqIds, nth};

    use super::*;
    use crate::model::Scheme;

    fn secret() -> SigningSecret {
        SigningSecret::parse(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).unwrap()
    }

    /// The reference libraries of Standard Webhooks test themselves with this one.
    #[test]
    fn signs_as_the_reference_does() {
        assert_eq!(
            signatures(&[secret()], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#).unwrap(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn id_time_and_body_are_signed() {
        let secrets = [secret()];
        let signed = sign(&secrets, nth(1), NOON, "{}").unwrap();
        assert_eq!(
            signed,
            signatures(&secrets, "00000000-0000-0000-0000-000000000001", NOON.timestamp(), "{}").unwrap()
        );
        assert_ne!(signed, sign(&secrets, nth(2), NOON, "{}").unwrap());
        assert_ne!(signed, sign(&secrets, nth(1), NOON + chrono::TimeDelta::seconds(1), "{}").unwrap());
        assert_ne!(signed, sign(&secrets, nth(1), NOON, "{ }").unwrap());
    }

    #[test]
    fn each_secret_signs() {
        let other = SigningSecret::generate(Scheme::Asymmetric, &SeqIds::default());
        let alone = |secret: &SigningSecret| sign(std::slice::from_ref(secret), nth(1), NOON, "{}").unwrap();
        let both = sign(&[secret(), other.clone()], nth(1), NOON, "{}").unwrap();
        assert_eq!(both, format!("{} {}", alone(&secret()), alone(&other)));
    }
}
