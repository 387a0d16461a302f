use kernel::{Detail, PasskeyId, Recorded, Time, UserId, display_name};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What its owner calls a passkey or a key: 1 to 100 characters, no control characters, no space around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Label(String);

impl Label {
    /// `None` where the form is not met.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        display_name(text).map(|it| Self(it.to_owned()))
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A passkey: a key pair on a person's device, of which this is the public half (W3C Web Authentication, Level 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// Whose.
    pub user: UserId,
    /// What its owner calls it.
    pub name: Label,
    /// The credential id that the authenticator chose; unique.
    pub credential: Vec<u8>,
    /// What the ceremonies keep of it: the public key and a counter. It is not secret.
    pub public: Value,
    /// When it was made.
    pub created_at: Time,
    /// When it was last used.
    pub last_used_at: Option<Time>,
    /// Moves on with every change; the store sets it.
    pub version: i64,
}

impl Recorded for Passkey {
    fn record(&self) -> Vec<Detail> {
        vec![
            Detail::public("passkey", self.id.to_string()),
            Detail::personal(Some(self.user), "name", self.name.as_str()),
        ]
    }
}
