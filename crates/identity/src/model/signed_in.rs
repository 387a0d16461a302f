use kernel::{EmailAddress, OrganizationId, RoleKey, Secret, SessionId, UserId};
use serde::{Deserialize, Serialize};

use super::{User, UserStatus, Username};

/// A user's place in an organization, in this domain's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Where.
    pub organization: OrganizationId,
    /// As what.
    pub role: RoleKey,
    /// Whether the membership counts; false while it is suspended.
    pub active: bool,
}

/// What is told of a user to itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    /// Its id.
    pub id: UserId,
    /// Its address.
    pub email: EmailAddress,
    /// Its name.
    pub username: Username,
    /// Whether the address was proved.
    pub is_verified: bool,
    /// Whether it may act.
    pub is_active: bool,
    /// Its role in the session's organization; absent where the session is bound to none.
    pub role: Option<RoleKey>,
}

impl UserView {
    /// The user as it is told, with its role where the session has an organization.
    #[must_use]
    pub fn of(user: &User, role: Option<RoleKey>) -> Self {
        Self {
            id: user.id,
            email: user.email.clone(),
            username: user.username.clone(),
            is_verified: user.verified_at.is_some(),
            is_active: user.status == UserStatus::Active,
            role,
        }
    }
}

/// A fresh access token for a session that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewed {
    /// A JWT.
    #[serde(with = "kernel::exposed")]
    pub access_token: Secret,
    /// Seconds until it ends.
    pub expires_in: i64,
}

/// The answer to every sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The session.
    pub session: SessionId,
    /// A JWT.
    #[serde(with = "kernel::exposed")]
    pub access_token: Secret,
    /// 43 characters, good once.
    #[serde(with = "kernel::exposed")]
    pub refresh_token: Secret,
    /// Seconds until the access token ends.
    pub expires_in: i64,
    /// Seconds until the refresh token ends.
    pub refresh_expires_in: i64,
    /// Who.
    pub user: UserView,
}
