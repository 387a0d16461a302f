use diesel::pg::Pg;
use diesel::prelude::*;
use kernel::{Fault, FileName, Id, Slug, Time};
use tenancy::{Organization, OrganizationName};
use uuid::Uuid;

use crate::fault::corrupt;
use crate::schema::organizations;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = organizations, treat_none_as_null = true, check_for_backend(Pg))]
pub(crate) struct OrganizationRow {
    id: Uuid,
    name: String,
    slug: String,
    created_at: Time,
    deleted_at: Option<Time>,
    pub(crate) version: i64,
    require_mfa: bool,
    logo: Option<String>,
    erased_at: Option<Time>,
}

impl From<&Organization> for OrganizationRow {
    fn from(organization: &Organization) -> Self {
        Self {
            id: organization.id.uuid(),
            name: organization.name.as_str().to_owned(),
            slug: organization.slug.as_str().to_owned(),
            created_at: organization.created_at,
            deleted_at: organization.deleted_at,
            version: organization.version,
            require_mfa: organization.require_mfa,
            logo: organization.logo.as_ref().map(ToString::to_string),
            erased_at: organization.erased_at,
        }
    }
}

impl TryFrom<OrganizationRow> for Organization {
    type Error = Fault;

    fn try_from(row: OrganizationRow) -> Result<Self, Fault> {
        Ok(Self {
            id: row.id.into(),
            name: OrganizationName::parse(&row.name).ok_or_else(|| corrupt("organization's name"))?,
            slug: Slug::parse(&row.slug).ok_or_else(|| corrupt("slug"))?,
            require_mfa: row.require_mfa,
            logo: row.logo.map(|it| FileName::parse(&it).ok_or_else(|| corrupt("logo"))).transpose()?,
            created_at: row.created_at,
            deleted_at: row.deleted_at,
            erased_at: row.erased_at,
            version: row.version,
        })
    }
}
