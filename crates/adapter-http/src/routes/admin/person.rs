use accounts::views::PersonRow;
use kernel::Id;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::Moment;

/// An account, as platform administrators see it.
#[derive(Serialize, ToSchema)]
pub(super) struct Person {
    id: Uuid,
    #[schema(example = "user@example.com")]
    email: String,
    #[schema(example = "johndoe")]
    username: String,
    #[schema(required, example = "John Doe")]
    name: Option<String>,
    /// Whether the address was proved.
    is_verified: bool,
    /// `active`, `suspended` or `deleted`.
    #[schema(example = "active")]
    status: String,
    /// Whether too many wrong passwords were given.
    is_locked: bool,
    is_administrator: bool,
    created_at: Moment,
    /// Null where it never was used.
    #[schema(required)]
    last_seen_at: Option<Moment>,
}

impl From<PersonRow> for Person {
    fn from(row: PersonRow) -> Self {
        Self {
            id: row.id.uuid(),
            email: row.email,
            username: row.username,
            name: row.name,
            is_verified: row.is_verified,
            status: row.status,
            is_locked: row.is_locked,
            is_administrator: row.is_administrator,
            created_at: Moment(row.created_at),
            last_seen_at: row.last_seen_at.map(Moment),
        }
    }
}
