use identity::{PersonName, User, UserStatus};
use kernel::Id;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::Moment;
use crate::registry::MOUNTS;

/// Who calls, as told to themselves.
#[derive(Serialize, ToSchema)]
pub(super) struct Profile {
    #[schema(example = "user")]
    r#type: &'static str,
    id: Uuid,
    #[schema(example = "user@example.com")]
    email: String,
    #[schema(example = "johndoe")]
    username: String,
    /// What the person wants to be called; null where they did not say.
    #[schema(required, example = "John Doe")]
    name: Option<String>,
    /// Where the avatar is, for those who share an organization with the person: a path of this installation. Null where
    /// there is none.
    #[schema(required, example = "/api/v1/users/01980000-0000-7000-8000-000000000001/avatar")]
    avatar_url: Option<String>,
    /// Whether the address was proved.
    is_verified: bool,
    is_active: bool,
    created_at: Moment,
}

impl From<User> for Profile {
    fn from(user: User) -> Self {
        let id = user.id;
        Self {
            r#type: "user",
            id: user.id.uuid(),
            email: user.email.to_string(),
            username: user.username.to_string(),
            name: user.name.as_ref().map(PersonName::to_string),
            avatar_url: user.avatar.map(|_| format!("{}/users/{id}/avatar", MOUNTS[0])),
            is_verified: user.verified_at.is_some(),
            is_active: user.status == UserStatus::Active,
            created_at: Moment(user.created_at),
        }
    }
}
