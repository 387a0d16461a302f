use accounts::views::TenantRow;
use actix_web::web::{Data, Json};
use kernel::Id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::search::searched;
use crate::App;
use crate::answer::{List, Moment};
use crate::error::ApiError;
use crate::extract::{Administrator, Asked, Listing};

/// Which organizations are wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedTenants {
    /// What the slug begins with; or a whole id.
    #[schema(max_length = 63, example = "acme")]
    search: Option<String>,
}

impl WantedTenants {
    /// In characters, as the schema says.
    const LONGEST: usize = 63;
}

/// An organization, as platform administrators see it.
#[derive(Serialize, ToSchema)]
pub(super) struct Tenant {
    id: Uuid,
    #[schema(example = "Acme")]
    name: String,
    #[schema(example = "acme")]
    slug: String,
    /// How many there are, suspended ones too.
    members: i64,
    created_at: Moment,
    /// When it was deleted; null while it lives.
    #[schema(required)]
    deleted_at: Option<Moment>,
}

impl From<TenantRow> for Tenant {
    fn from(row: TenantRow) -> Self {
        Self {
            id: row.id.uuid(),
            name: row.name,
            slug: row.slug,
            members: row.members,
            created_at: Moment(row.created_at),
            deleted_at: row.deleted_at.map(Moment),
        }
    }
}

/// The organizations of the installation, deleted ones too
#[utoipa::path(get, path = "/admin/organizations", tag = "admin", responses(
    (status = 200, description = "The newest first.", body = List<Tenant>),
))]
pub(super) async fn list_tenants(
    door: Administrator,
    app: Data<App>,
    listing: Listing<WantedTenants>,
) -> Result<Json<List<Tenant>>, ApiError> {
    let Asked { filter, page, cursors } = listing.by(&door.act)?;
    let page = app.tenants.list(searched(filter.search, WantedTenants::LONGEST)?, page).await?;
    Ok(Json(List::of(page, &cursors, Tenant::from)))
}
