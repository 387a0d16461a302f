use accounts::views::TeamRow;
use actix_web::web::{Data, Json};
use kernel::Id;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::answer::{List, Moment};
use crate::error::ApiError;
use crate::extract::needed::TeamView;
use crate::extract::{Allowed, Asked, Listing};

/// A member; the id is the user's.
#[derive(Serialize, ToSchema)]
pub(super) struct Member {
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

/// The members of the organization
#[utoipa::path(get, path = "/team", tag = "team", responses(
    (status = 200, description = "In the order they joined.", body = List<Member>),
))]
pub(super) async fn list_team(
    door: Allowed<TeamView>,
    app: Data<App>,
    listing: Listing,
) -> Result<Json<List<Member>>, ApiError> {
    let Asked { page, cursors, .. } = listing.by(&door.act)?;
    let page = app.team.list(door.organization(), page).await?;
    Ok(Json(List::of(page, &cursors, Member::from)))
}
