use kernel::{Scope, UserId};
use serde_json::{Value, json};

use crate::model::User;

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
}

impl Happening {
    /// Every event type.
    pub const ALL: &'static [&'static str] = &["user.created", "user.updated", "user.deleted", "user.locked"];

    const fn user(&self) -> &User {
        match self {
            Self::UserCreated(user)
            | Self::UserUpdated { user, .. }
            | Self::UserDeleted(user)
            | Self::UserLocked(user) => user,
        }
    }

    const fn id(&self) -> UserId {
        self.user().id
    }
}

impl kernel::Happening for Happening {
    fn code(&self) -> &'static str {
        match self {
            Self::UserCreated(_) => "user.created",
            Self::UserUpdated { .. } => "user.updated",
            Self::UserDeleted(_) => "user.deleted",
            Self::UserLocked(_) => "user.locked",
        }
    }

    fn scope(&self) -> Scope {
        Scope::User(self.id())
    }

    fn data(&self) -> Value {
        let user = self.user();
        let mut data = json!({
            "user": {
                "id": user.id,
                "email": user.email,
                "username": user.username,
                "is_verified": user.verified_at.is_some(),
                "status": user.status.as_str(),
            }
        });
        if let Self::UserUpdated { changed, .. } = self {
            data["changed"] = json!(changed);
        }
        data
    }
}
