use diesel::pg::Pg;
use diesel::prelude::*;
use kernel::{Fault, Id, RoleKey, Time};
use rbac::{CustomRole, Pattern};
use uuid::Uuid;

use crate::fault::corrupt;
use crate::schema::roles;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = roles, check_for_backend(Pg))]
pub(crate) struct RoleRow {
    id: Uuid,
    organization_id: Uuid,
    key: String,
    name: String,
    permissions: Vec<String>,
    inherits: Vec<String>,
    created_at: Time,
    pub(crate) version: i64,
}

impl From<&CustomRole> for RoleRow {
    fn from(role: &CustomRole) -> Self {
        Self {
            id: role.id.uuid(),
            organization_id: role.organization.uuid(),
            key: role.key.as_str().to_owned(),
            name: role.name.clone(),
            permissions: role.permissions.iter().map(ToString::to_string).collect(),
            inherits: role.inherits.iter().map(ToString::to_string).collect(),
            created_at: role.created_at,
            version: role.version,
        }
    }
}

impl TryFrom<RoleRow> for CustomRole {
    type Error = Fault;

    fn try_from(row: RoleRow) -> Result<Self, Fault> {
        let pattern = |it: &String| Pattern::parse(it).ok_or_else(|| corrupt("role's permission"));
        let role = |it: &String| RoleKey::parse(it).ok_or_else(|| corrupt("inherited role"));
        Ok(Self {
            id: row.id.into(),
            organization: row.organization_id.into(),
            key: RoleKey::parse(&row.key).ok_or_else(|| corrupt("role"))?,
            name: row.name,
            permissions: row.permissions.iter().map(pattern).collect::<Result<_, Fault>>()?,
            inherits: row.inherits.iter().map(role).collect::<Result<_, Fault>>()?,
            created_at: row.created_at,
            version: row.version,
        })
    }
}
