use accounts::views::TeamRow;
use kernel::{Id, OrganizationId, UserId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::answer::Moment;
use crate::error::{ApiError, Kind};

/// A member; the id is the user's.
#[derive(Serialize, ToSchema)]
pub(crate) struct Member {
    id: Uuid,
    #[schema(example = "user@example.com")]
    email: String,
    #[schema(example = "johndoe")]
    username: String,
    #[schema(example = "member")]
    role: String,
    /// `active` or `suspended`.
    #[schema(example = "active")]
    status: String,
    joined_at: Moment,
}

impl From<TeamRow> for Member {
    fn from(row: TeamRow) -> Self {
        Self {
            id: row.id.uuid(),
            email: row.email,
            username: row.username,
            role: row.role,
            status: row.status,
            joined_at: Moment(row.joined_at),
        }
    }
}

impl Member {
    /// As they are now.
    pub async fn of(app: &App, organization: OrganizationId, user: UserId) -> Result<Self, ApiError> {
        let found = app.team.among(organization, &[user]).await?;
        Ok(found.into_iter().next().ok_or(Kind::NOT_FOUND)?.into())
    }
}
