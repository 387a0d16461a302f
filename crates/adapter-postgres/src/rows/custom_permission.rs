use diesel::pg::Pg;
use diesel::prelude::*;
use kernel::{Fault, Id, Permission, Time};
use rbac::CustomPermission;
use uuid::Uuid;

use crate::fault::corrupt;
use crate::schema::permissions;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = permissions, primary_key(organization_id, key), check_for_backend(Pg))]
pub(crate) struct CustomPermissionRow {
    organization_id: Uuid,
    key: String,
    description: String,
    created_at: Time,
    pub(crate) version: i64,
}

impl From<&CustomPermission> for CustomPermissionRow {
    fn from(declared: &CustomPermission) -> Self {
        Self {
            organization_id: declared.organization.uuid(),
            key: declared.permission.as_str().to_owned(),
            description: declared.description.clone(),
            created_at: declared.created_at,
            version: declared.version,
        }
    }
}

impl TryFrom<CustomPermissionRow> for CustomPermission {
    type Error = Fault;

    fn try_from(row: CustomPermissionRow) -> Result<Self, Fault> {
        Ok(Self {
            organization: row.organization_id.into(),
            permission: Permission::parse(&row.key).ok_or_else(|| corrupt("permission"))?,
            description: row.description,
            created_at: row.created_at,
            version: row.version,
        })
    }
}
