use kernel::{EmailAddress, OrganizationId, RoleKey, SessionId, Time, UserId};
use uuid::Uuid;

use super::{Factors, Username};

/// What an access token says (RFC 7519; contract section 4). `cid` and `role` inform; the server decides from its own
/// state. Issuer, audience and type are the token adapter's business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `sub`.
    pub user: UserId,
    /// `email`.
    pub email: EmailAddress,
    /// `username`.
    pub username: Username,
    /// `is_verified`.
    pub is_verified: bool,
    /// `cid`; absent where the session is bound to no organization.
    pub organization: Option<OrganizationId>,
    /// `role` in that organization.
    pub role: Option<RoleKey>,
    /// `sid`.
    pub session: SessionId,
    /// `iat` and `nbf`; whole seconds on the wire.
    pub issued_at: Time,
    /// `exp`; whole seconds on the wire.
    pub expires_at: Time,
    /// `auth_time`; whole seconds on the wire.
    pub auth_time: Time,
    /// `amr` (RFC 8176), with `mfa` where they are multiple.
    pub factors: Factors,
    /// `jti`.
    pub id: Uuid,
}
