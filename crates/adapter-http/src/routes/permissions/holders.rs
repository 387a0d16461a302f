use std::collections::HashMap;

use accounts::views::TeamRow;
use actix_web::web::{Data, Json, Path};
use kernel::{Id, Page, Permission, UserId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::answer::List;
use crate::error::{ApiError, Kind};
use crate::extract::needed::TeamView;
use crate::extract::{Allowed, Asked, Listing};

/// A member who may.
#[derive(Serialize, ToSchema)]
pub(super) struct PermissionHolder {
    /// The user's id.
    id: Uuid,
    #[schema(example = "user@example.com")]
    email: String,
    #[schema(example = "johndoe")]
    username: String,
    #[schema(example = "admin")]
    role: String,
    /// `held_by_role` or `granted`.
    #[schema(example = "held_by_role")]
    reason: &'static str,
}

/// Who may
#[utoipa::path(get, path = "/permissions/{permission}/holders", tag = "permissions",
    params(("permission" = String, Path, description = "Such as audit.view.")),
    responses(
        (status = 200, description = "By id.", body = List<PermissionHolder>),
        (status = 404, description = "No such permission."),
    ),
)]
pub(super) async fn list_holders(
    door: Allowed<TeamView>,
    permission: Path<String>,
    app: Data<App>,
    listing: Listing,
) -> Result<Json<List<PermissionHolder>>, ApiError> {
    let Asked { page, cursors, .. } = listing.by(&door.act)?;
    let permission = Permission::parse(&permission).ok_or(Kind::NOT_FOUND)?;
    let holders = accounts::holders(&door.entered.snapshot, &permission, door.act.at, &page).ok_or(Kind::NOT_FOUND)?;
    let ids: Vec<UserId> = holders.data.iter().map(|(user, _)| *user).collect();
    let rows = app.team.among(door.organization(), &ids).await?;
    let mut rows: HashMap<UserId, TeamRow> = rows.into_iter().map(|it| (it.id, it)).collect();
    // Whose account is on its way out is not told of.
    let told = holders.data.into_iter().filter_map(|(user, reason)| Some((rows.remove(&user)?, reason)));
    let page = Page { data: told.collect(), next: holders.next };
    Ok(Json(List::of(page, &cursors, |(row, reason)| PermissionHolder {
        id: row.id.uuid(),
        email: row.email,
        username: row.username,
        role: row.role,
        reason: reason.as_str(),
    })))
}
