use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use kernel::{Fault, Id, OrganizationId, OrganizationRef, Scope, Slug, Time};
use tenancy::Organization;
use tenancy::ports::Organizations;
use uuid::Uuid;

use crate::fault::fault;
use crate::pool::Database;
use crate::rows::OrganizationRow;
use crate::schema::{organization_slugs, organizations};

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
            OrganizationRef::Slug(slug) => {
                let had = organization_slugs::table.find(slug.as_str()).select(organization_slugs::organization_id);
                living.filter(organizations::slug.eq(slug.as_str()).or(organizations::id.eq_any(had)))
            }
        };
        let row = named.first(&mut connection).await.optional().map_err(fault)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn to_erase(&self, before: Time, most: u8) -> Result<Vec<Organization>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let rows: Vec<OrganizationRow> = organizations::table
            .filter(organizations::deleted_at.le(before))
            .filter(organizations::erased_at.is_null())
            .order((organizations::deleted_at, organizations::id))
            .limit(most.into())
            .select(OrganizationRow::as_select())
            .load(&mut connection)
            .await
            .map_err(fault)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn deleted(&self, id: OrganizationId) -> Result<Option<Organization>, Fault> {
        let mut connection = self.connection(Scope::Organization(id)).await?;
        let row = organizations::table
            .find(id.uuid())
            .filter(organizations::deleted_at.is_not_null())
            .filter(organizations::erased_at.is_null())
            .select(OrganizationRow::as_select())
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn id_of(&self, slug: &Slug) -> Result<Option<OrganizationId>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let had = organization_slugs::table.find(slug.as_str()).select(organization_slugs::organization_id);
        let id: Option<Uuid> = had.first(&mut connection).await.optional().map_err(fault)?;
        Ok(id.map(Into::into))
    }
}
