use actix_web::web::{Data, Json};

use super::Member;
use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::needed::TeamView;
use crate::extract::{Allowed, Asked, Listing};

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
