use kernel::Permission;
use utoipa::openapi::{RefOr, Schema};

/// Which credential an endpoint takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Credential {
    /// None.
    #[default]
    None,
    /// The access token of a person, or none.
    Optional,
    /// The access token of a person.
    Person,
    /// The access token of a person, also an expired one.
    EvenExpired,
    /// An access token, an organization's key, or a personal token.
    Any,
}

/// Whether a body is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Body {
    #[default]
    None,
    /// It may be left out.
    Optional,
    Required,
    /// A picture, as its bytes.
    Picture,
}

/// Whether an organization is looked at; each says more than the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tenancy {
    #[default]
    None,
    /// `X-Tenant` may name one.
    Optional,
    /// `X-Tenant` must name one.
    Required,
    /// The path, `X-Tenant` or the sign-in names one, and the caller must be let in.
    Entered,
}

/// As what a request is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Charge {
    /// Of whoever asks.
    #[default]
    Usual,
    /// Of whoever asks, for whom the refresh token in the body speaks too.
    Renewal,
    /// As a try to sign in.
    LogIn,
    /// As a new account.
    SignUp,
    /// Not at all.
    Free,
}

/// What a handler's signature says it needs.
#[derive(Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is said by another part of a signature")]
pub(crate) struct Needs {
    pub credential: Credential,
    pub charge: Charge,
    pub permission: Option<Permission>,
    /// A factor must have been given a moment ago.
    pub step_up: bool,
    /// An organization's key is not enough, whatever it allows.
    pub in_own_right: bool,
    pub tenant: Tenancy,
    /// A browser may be given cookies.
    pub sets_cookies: bool,
    pub body: Body,
    /// What `Idempotency-Key` does, where it is looked at.
    pub repeatable: Option<&'static str>,
    /// `If-None-Match` is looked at.
    pub revalidates: bool,
    /// The schemas of the query, and what they refer to.
    pub query: Vec<RefOr<Schema>>,
    pub schemas: Vec<(String, RefOr<Schema>)>,
}
