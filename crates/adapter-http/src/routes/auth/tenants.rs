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

/// One's place in an organization.
#[derive(Serialize, ToSchema)]
pub(super) struct MyTenant {
    organization: MyOrganization,
    #[schema(example = "member")]
    role: String,
    /// `active` or `suspended`.
    #[schema(example = "active")]
    status: String,
}

/// An organization one belongs to.
#[derive(Serialize, ToSchema)]
pub(super) struct MyOrganization {
    id: Uuid,
    #[schema(example = "Acme")]
    name: String,
    #[schema(example = "acme")]
    slug: String,
}

impl From<MembershipRow> for MyTenant {
    fn from(row: MembershipRow) -> Self {
        let organization = MyOrganization { id: row.organization.uuid(), name: row.name, slug: row.slug };
        Self { organization, role: row.role, status: row.status }
    }
}

/// The organizations one belongs to
#[utoipa::path(get, path = "/auth/tenants", tag = "auth", responses(
    (status = 200, description = "In the order they were joined.", body = List<MyTenant>),
))]
pub(super) async fn my_tenants(
    door: SignedIn,
    app: Data<App>,
    listing: Listing,
) -> Result<Json<List<MyTenant>>, ApiError> {
    let Asked { page, cursors, .. } = listing.by(&door.act)?;
    let page = app.memberships.of(door.caller.user, page).await?;
    Ok(Json(List::of(page, &cursors, MyTenant::from)))
}
