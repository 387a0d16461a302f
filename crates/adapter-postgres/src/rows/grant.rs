use diesel::pg::Pg;
use diesel::prelude::*;
use kernel::{Fault, Id, Permission, Time};
use rbac::{Effect, Grant};
use uuid::Uuid;

use crate::fault::corrupt;
use crate::schema::grants;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = grants, primary_key(organization_id, user_id, permission), treat_none_as_null = true, check_for_backend(Pg))]
pub(crate) struct GrantRow {
    organization_id: Uuid,
    user_id: Uuid,
    permission: String,
    effect: String,
    expires_at: Option<Time>,
    granted_by: Uuid,
    created_at: Time,
    pub(crate) version: i64,
}

impl From<&Grant> for GrantRow {
    fn from(grant: &Grant) -> Self {
        Self {
            organization_id: grant.organization.uuid(),
            user_id: grant.user.uuid(),
            permission: grant.permission.as_str().to_owned(),
            effect: grant.effect.as_str().to_owned(),
            expires_at: grant.expires_at,
            granted_by: grant.granted_by.uuid(),
            created_at: grant.created_at,
            version: grant.version,
        }
    }
}

impl TryFrom<GrantRow> for Grant {
    type Error = Fault;

    fn try_from(row: GrantRow) -> Result<Self, Fault> {
        Ok(Self {
            organization: row.organization_id.into(),
            user: row.user_id.into(),
            permission: Permission::parse(&row.permission).ok_or_else(|| corrupt("permission"))?,
            effect: Effect::parse(&row.effect).ok_or_else(|| corrupt("effect"))?,
            expires_at: row.expires_at,
            granted_by: row.granted_by.into(),
            created_at: row.created_at,
            version: row.version,
        })
    }
}
