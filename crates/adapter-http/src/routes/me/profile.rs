use identity::{PersonName, User, UserStatus};
use kernel::Id;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::Moment;

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
    /// Whether the address was proved.
    is_verified: bool,
    is_active: bool,
    created_at: Moment,
}

impl From<User> for Profile {
    fn from(user: User) -> Self {
        Self {
            r#type: "user",
            id: user.id.uuid(),
            email: user.email.to_string(),
            username: user.username.to_string(),
            name: user.name.as_ref().map(PersonName::to_string),
            is_verified: user.verified_at.is_some(),
            is_active: user.status == UserStatus::Active,
            created_at: Moment(user.created_at),
        }
    }
}
