use kernel::Permission;
use utoipa::openapi::{RefOr, Schema};

/// Which credential an endpoint takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Credential {
    /// None.
    #[default]
    None,
    /// An access token, or none.
    Optional,
    /// An access token.
    Required,
    /// An access token, also an expired one.
    EvenExpired,
}

/// What a handler's signature says it needs.
#[derive(Clone, Default)]
pub(crate) struct Needs {
    pub credential: Credential,
    pub permission: Option<Permission>,
    /// A factor must have been given a moment ago.
    pub step_up: bool,
    /// `X-Tenant` is looked at.
    pub tenant: bool,
    /// A body is read.
    pub body: bool,
    /// What `Idempotency-Key` does, where it is looked at.
    pub repeatable: Option<&'static str>,
    /// The schemas of the query, and what they refer to.
    pub query: Vec<RefOr<Schema>>,
    pub schemas: Vec<(String, RefOr<Schema>)>,
}
