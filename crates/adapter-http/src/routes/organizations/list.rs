use accounts::views::MembershipRow;
use actix_web::web::{Data, Json};
use kernel::Id;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::{Asked, Listing, SignedIn};

/// An organization of one's own, and what one is in it.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnOrganization {
    id: Uuid,
    #[schema(example = "Acme")]
    name: String,
    #[schema(example = "acme")]
    slug: String,
    #[schema(example = "owner")]
    role: String,
    /// `active` or `suspended`.
    #[schema(example = "active")]
    status: String,
}

impl From<MembershipRow> for OwnOrganization {
    fn from(row: MembershipRow) -> Self {
        Self { id: row.organization.uuid(), name: row.name, slug: row.slug, role: row.role, status: row.status }
    }
}

/// One's organizations
#[utoipa::path(get, path = "/organizations", tag = "organizations", responses(
    (status = 200, description = "In the order they were joined.", body = List<OwnOrganization>),
))]
pub(super) async fn list_organizations(
    door: SignedIn,
    app: Data<App>,
    listing: Listing,
) -> Result<Json<List<OwnOrganization>>, ApiError> {
    let Asked { page, cursors, .. } = listing.by(&door.act)?;
    let page = app.memberships.of(door.caller.user, page).await?;
    Ok(Json(List::of(page, &cursors, OwnOrganization::from)))
}
