use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use kernel::{Fault, Id, OrganizationRef, Scope};
use tenancy::Organization;
use tenancy::ports::Organizations;

use crate::fault::fault;
use crate::pool::Database;
use crate::rows::OrganizationRow;
use crate::schema::organizations;

#[async_trait]
impl Organizations for Database {
    async fn find(&self, wanted: &OrganizationRef) -> Result<Option<Organization>, Fault> {
        let scope = match wanted {
            OrganizationRef::Id(id) => Scope::Organization(*id),
            OrganizationRef::Slug(_) => Scope::Installation,
        };
        let mut connection = self.connection(scope).await?;
        let living = organizations::table
            .filter(organizations::deleted_at.is_null())
            .select(OrganizationRow::as_select())
            .into_boxed();
        let named = match wanted {
            OrganizationRef::Id(id) => living.filter(organizations::id.eq(id.uuid())),
            OrganizationRef::Slug(slug) => living.filter(organizations::slug.eq(slug.as_str())),
        };
        let row = named.first(&mut connection).await.optional().map_err(fault)?;
        row.map(TryInto::try_into).transpose()
    }
}
