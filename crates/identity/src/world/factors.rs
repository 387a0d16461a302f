//! John's other factors: codes that can be foreseen, and passkeys that answer as they are told.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use kernel::testing::{NOON, nth};
use kernel::{Ephemeral, Fault, Secret, Time, TokenHash};
use serde_json::{Value, json};

use crate::model::{Label, Passkey, Totp, User};
use crate::ports::{Ceremonies, Ceremony, Credential, Refused};

/// RFC 6238, appendix B: `12345678901234567890`.
const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// What every ceremony of [`SoftCeremonies`] asks for.
pub const CHALLENGE: &str = "challenge";

/// One of John's eight recovery codes, from 0.
pub fn recovery_code(n: u8) -> Secret {
    Secret::new(format!("abcd-abcd-abcd-abc{}", char::from(b'p' + n)))
}

/// John's, confirmed the day before.
pub fn totp() -> Totp {
    Totp {
        user: nth(50),
        secret: Secret::new(SECRET),
        recovery_codes: (0..8).map(|n| TokenHash::of(&recovery_code(n).expose().replace('-', ""))).collect(),
        confirmed_at: Some(NOON - chrono::TimeDelta::days(1)),
        last_step: 0,
        created_at: NOON - chrono::TimeDelta::days(1),
        version: 4,
    }
}

/// John's code at this moment.
pub fn code(at: Time) -> Secret {
    let secret = totp_rs::Secret::try_from_base32(SECRET).unwrap();
    let generator = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    Secret::new(generator.generate(at.timestamp().try_into().unwrap()).to_string())
}

/// This many seconds after noon, or before it.
pub fn seconds(after_noon: i64) -> Time {
    NOON + chrono::TimeDelta::seconds(after_noon)
}

/// A passkey of this user; its credential id is the number of its own.
pub fn passkey(n: u8, user: u64) -> Passkey {
    Passkey {
        id: nth(n.into()),
        user: nth(user),
        name: Label::parse(&format!("Key {n}")).unwrap(),
        credential: vec![n],
        public: json!({"counter": 1}),
        created_at: NOON,
        last_used_at: None,
        version: 3,
    }
}

/// What this passkey answers to [`CHALLENGE`].
pub fn response(passkey: u8) -> Value {
    json!({"challenge": CHALLENGE, "credential": passkey})
}

/// Believes every response, but those that say `lie`.
pub struct SoftCeremonies;

impl SoftCeremonies {
    fn begin(options: Value) -> Ceremony {
        Ceremony { challenge: CHALLENGE.to_owned(), options, state: Secret::new("state") }
    }

    fn believe<T>(state: &Secret, response: &Value, good: T) -> Result<T, Refused> {
        assert_eq!(state.expose(), "state");
        if response.get("lie").is_some() { Err(Refused("bad_signature")) } else { Ok(good) }
    }
}

impl Ceremonies for SoftCeremonies {
    fn begin_registration(&self, user: &User, existing: &[Passkey]) -> Result<Ceremony, Fault> {
        Ok(Self::begin(json!({"user": user.id, "exclude": existing.len()})))
    }

    fn finish_registration(&self, state: &Secret, response: &Value) -> Result<Credential, Refused> {
        let (_, id) = self.identify(response).ok_or(Refused("malformed"))?;
        Self::believe(state, response, Credential { id, public: json!({"counter": 0}) })
    }

    fn begin_authentication(&self) -> Result<Ceremony, Fault> {
        Ok(Self::begin(json!({"use": true})))
    }

    fn identify(&self, response: &Value) -> Option<(String, Vec<u8>)> {
        let credential = u8::try_from(response["credential"].as_u64()?).ok()?;
        Some((response["challenge"].as_str()?.to_owned(), vec![credential]))
    }

    fn finish_authentication(&self, state: &Secret, response: &Value, _: &Passkey) -> Result<Value, Refused> {
        Self::believe(state, response, json!({"counter": 2}))
    }
}

/// Keeps until it is taken, and writes down for how long it was to be kept.
#[derive(Default)]
pub struct Waiting(Mutex<HashMap<String, (Secret, Duration)>>);

impl Waiting {
    /// What waits, and for how long, in order.
    pub fn kept(&self) -> Vec<(String, Duration)> {
        let mut kept: Vec<_> = self.0.lock().unwrap().iter().map(|(key, (_, it))| (key.clone(), *it)).collect();
        kept.sort();
        kept
    }
}

#[async_trait]
impl Ephemeral for Waiting {
    async fn put(&self, key: &str, value: &Secret, lifetime: Duration) -> Result<(), Fault> {
        self.0.lock().unwrap().insert(key.to_owned(), (value.clone(), lifetime));
        Ok(())
    }

    async fn take(&self, key: &str) -> Result<Option<Secret>, Fault> {
        Ok(self.0.lock().unwrap().remove(key).map(|(value, _)| value))
    }
}
