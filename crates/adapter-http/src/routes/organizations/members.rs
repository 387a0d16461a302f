use actix_web::web::{Data, Json};

use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::needed::TeamView;
use crate::extract::{Allowed, Asked, Listing};
use crate::routes::team::Member;

/// The members of an organization
#[utoipa::path(get, path = "/organizations/{id}/members", tag = "organizations",
    params(("id" = String, Path, description = "Its slug or id.")),
    responses((status = 200, description = "In the order they joined.", body = List<Member>)),
)]
pub(super) async fn list_members(
    door: Allowed<TeamView>,
    app: Data<App>,
    listing: Listing,
) -> Result<Json<List<Member>>, ApiError> {
    let Asked { page, cursors, .. } = listing.by(&door.act)?;
    let page = app.team.list(door.organization(), page).await?;
    Ok(Json(List::of(page, &cursors, Member::from)))
}
