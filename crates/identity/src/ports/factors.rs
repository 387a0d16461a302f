use async_trait::async_trait;
use kernel::{Fault, KeyId, Page, PageRequest, Secret, Time, TokenHash, UserId};
use serde_json::Value;

use crate::model::{Key, KeyOwner, Passkey, Provider, ProviderAccount, ProviderIdentity, Totp, User};

/// Reads what makes codes of the moment.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Totps: Send + Sync {
    /// The user's, confirmed or not.
    async fn of(&self, user: UserId) -> Result<Option<Totp>, Fault>;
}

/// Reads passkeys.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Passkeys: Send + Sync {
    /// The one with this credential id.
    async fn by_credential(&self, credential: &[u8]) -> Result<Option<Passkey>, Fault>;

    /// The user's, the oldest first.
    async fn of(&self, user: UserId) -> Result<Vec<Passkey>, Fault>;
}

/// The ceremonies of passkeys (W3C Web Authentication, Level 3, section 7). Pure: what is answered once is answered again.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
pub trait Ceremonies: Send + Sync {
    /// To make a passkey; with those the user has, no second one is made on the same device.
    fn begin_registration(&self, user: &User, existing: &[Passkey]) -> Result<Ceremony, Fault>;

    /// CEREMONY-1 MUST refuse whatever answers another challenge, comes from another origin or relying party, or was made
    /// without the user's verification.
    fn finish_registration(&self, state: &Secret, response: &Value) -> Result<Credential, Refused>;

    /// To use a passkey, whichever the device has.
    fn begin_authentication(&self) -> Result<Ceremony, Fault>;

    /// Which challenge a response of either kind answers, and with which credential id; before anything is believed.
    fn identify(&self, response: &Value) -> Option<(String, Vec<u8>)>;

    /// CEREMONY-2 MUST refuse as CEREMONY-1, and whatever this passkey did not sign, whose counter goes back, or that names
    /// another user. What is to be kept of it from now on.
    fn finish_authentication(&self, state: &Secret, response: &Value, passkey: &Passkey) -> Result<Value, Refused>;
}

/// A ceremony begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceremony {
    /// What the response must answer; it is said in it.
    pub challenge: String,
    /// What the browser is told.
    pub options: Value,
    /// What must be known to finish it.
    pub state: Secret,
}

/// What a device made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The credential id.
    pub id: Vec<u8>,
    /// What is to be kept of it.
    pub public: Value,
}

/// Something presented that is not believed, and why: for the audit log, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub &'static str);

/// Reads accounts at providers.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Identities: Send + Sync {
    /// The one so named there.
    async fn by_subject(&self, issuer: &str, subject: &str) -> Result<Option<ProviderIdentity>, Fault>;

    /// The user's, the oldest first.
    async fn of(&self, user: UserId) -> Result<Vec<ProviderIdentity>, Fault>;
}

/// The providers that are configured.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Providers: Send + Sync {
    /// Whether it is one of them.
    fn offers(&self, provider: Provider) -> bool;

    /// Where the browser is to go (OpenID Connect Core 1.0, section 3.1.2.1, with PKCE, RFC 7636).
    async fn authorization_url(&self, provider: Provider, request: AuthorizationRequest) -> Result<String, Fault>;

    /// Redeems a code. PROVIDER-1 MUST believe an ID token only where this provider's published keys sign it by an
    /// asymmetric algorithm, and issuer, audience, authorized party, nonce and times are right (section 3.1.3.7); for a
    /// provider of many tenants the issuer is that of the token's own tenant. PROVIDER-2 MUST follow no redirect, read no
    /// more than it needs, and give up in time.
    async fn redeem(
        &self,
        provider: Provider,
        response: AuthorizationResponse,
    ) -> Result<ProviderAccount, ProviderError>;
}

/// What is asked of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// Comes back as it was sent.
    pub state: Secret,
    /// Comes back in the ID token.
    pub nonce: Secret,
    /// The PKCE verifier; its S256 challenge is sent.
    pub verifier: Secret,
    /// Whether the person must give a factor there now.
    pub fresh: bool,
}

/// What a provider sent back by way of the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationResponse {
    /// `code`.
    pub code: Secret,
    /// `iss`, where it was sent (RFC 9207).
    pub issuer: Option<String>,
    /// What was sent as nonce.
    pub nonce: Secret,
    /// The PKCE verifier.
    pub verifier: Secret,
    /// Now.
    pub at: Time,
}

/// Why a provider's word is not taken.
#[derive(Debug)]
pub enum ProviderError {
    /// It is not believed.
    Refused(Refused),
    /// It can't be had now.
    Fault(Fault),
}

/// Reads keys and tokens.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Keys: Send + Sync {
    /// The one with this hash, or that had it before its last rotation, where its maker may act.
    async fn by_hash(&self, hash: &TokenHash) -> Result<Option<Key>, Fault>;

    /// The one with this id.
    async fn by_id(&self, id: KeyId) -> Result<Option<Key>, Fault>;

    /// The owner's, the newest first, each with when it was last used.
    async fn of(&self, owner: KeyOwner, page: PageRequest) -> Result<Page<(Key, Option<Time>)>, Fault>;
}
