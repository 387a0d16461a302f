use kernel::{OrganizationId, Scope};
use serde_json::{Value, json};

use crate::model::{Key, User};

/// What this domain announces.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// An account was made.
    UserCreated(User),
    /// An account was changed: which fields.
    UserUpdated {
        /// As it is now.
        user: User,
        /// What changed.
        changed: &'static [&'static str],
    },
    /// An account is on the way out: dead at every door.
    UserDeleted(User),
    /// Too many wrong passwords in a row: none is looked at any more.
    UserLocked(User),
    /// An organization has another key.
    ApiKeyCreated(OrganizationId, Key),
    /// An organization's key is worth nothing any more.
    ApiKeyRevoked(OrganizationId, Key),
}

impl Happening {
    /// Every event type.
    pub const ALL: &'static [&'static str] =
        &["user.created", "user.updated", "user.deleted", "user.locked", "api_key.created", "api_key.revoked"];
}

impl kernel::Happening for Happening {
    fn code(&self) -> &'static str {
        match self {
            Self::UserCreated(_) => "user.created",
            Self::UserUpdated { .. } => "user.updated",
            Self::UserDeleted(_) => "user.deleted",
            Self::UserLocked(_) => "user.locked",
            Self::ApiKeyCreated(..) => "api_key.created",
            Self::ApiKeyRevoked(..) => "api_key.revoked",
        }
    }

    fn scope(&self) -> Scope {
        match self {
            Self::UserCreated(user)
            | Self::UserUpdated { user, .. }
            | Self::UserDeleted(user)
            | Self::UserLocked(user) => Scope::User(user.id),
            Self::ApiKeyCreated(organization, _) | Self::ApiKeyRevoked(organization, _) => {
                Scope::Organization(*organization)
            }
        }
    }

    fn data(&self) -> Value {
        match self {
            Self::UserCreated(user) | Self::UserDeleted(user) | Self::UserLocked(user) => of_user(user),
            Self::UserUpdated { user, changed } => {
                let mut data = of_user(user);
                data["changed"] = json!(changed);
                data
            }
            Self::ApiKeyCreated(_, key) | Self::ApiKeyRevoked(_, key) => json!({
                "api_key": {
                    "id": key.id,
                    "name": key.name,
                    "hint": key.hint,
                    "expires_at": key.expires_at.map(kernel::rfc3339),
                }
            }),
        }
    }
}

fn of_user(user: &User) -> Value {
    json!({
        "user": {
            "id": user.id,
            "email": user.email,
            "username": user.username,
            "is_verified": user.verified_at.is_some(),
            "status": user.status.as_str(),
        }
    })
}
