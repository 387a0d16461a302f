use kernel::{Detail, EmailAddress, IdentityId, Recorded, Time, UserId};
use serde::{Deserialize, Serialize};

/// Who else can say who somebody is (OpenID Connect Core 1.0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Google.
    Google,
    /// Microsoft.
    Microsoft,
}

impl Provider {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Google, Self::Microsoft];

    /// As stored, told, and in paths.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Microsoft => "microsoft",
        }
    }

    /// `None` for any other.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.as_str() == text)
    }

    /// Whether its `email_verified` proves an address. Microsoft's addresses are whatever a tenant's administrator wrote
    /// there.
    #[must_use]
    pub const fn proves_addresses(self) -> bool {
        matches!(self, Self::Google)
    }
}

/// An account at a provider, as an ID token tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderAccount {
    /// Where.
    pub provider: Provider,
    /// `iss`.
    pub issuer: String,
    /// `sub`: unique there, and never given to another.
    pub subject: String,
    /// `email`, where it has the form of one.
    pub email: Option<EmailAddress>,
    /// `email_verified` as a boolean.
    pub email_verified: bool,
    /// `auth_time`: when the provider last saw a factor.
    pub auth_time: Option<Time>,
}

impl ProviderAccount {
    /// The address, where the provider proves it.
    #[must_use]
    pub fn proven_email(&self) -> Option<&EmailAddress> {
        self.email.as_ref().filter(|_| self.provider.proves_addresses() && self.email_verified)
    }
}

/// An account at a provider that is linked to a user: found by issuer and subject, never by address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderIdentity {
    /// Its id.
    pub id: IdentityId,
    /// Whose; each has at most one at a provider.
    pub user: UserId,
    /// Where.
    pub provider: Provider,
    /// `iss`; unique together with the subject.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// The address that was told when it was linked: for its owner to tell accounts apart.
    pub email: Option<EmailAddress>,
    /// When it was linked.
    pub created_at: Time,
    /// Moves on with every change; the store sets it.
    pub version: i64,
}

impl Recorded for ProviderIdentity {
    fn record(&self) -> Vec<Detail> {
        let personal = |key, value: Option<&str>| Detail::personal(Some(self.user), key, value);
        vec![
            Detail::public("provider", self.provider.as_str()),
            personal("subject", Some(&self.subject)),
            personal("email", self.email.as_ref().map(EmailAddress::as_str)),
        ]
    }
}
