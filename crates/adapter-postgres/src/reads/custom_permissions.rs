use async_trait::async_trait;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Fault, Id, OrganizationId, Scope};
use rbac::CustomPermission;
use rbac::ports::CustomPermissions;

use crate::fault::fault;
use crate::pool::Database;
use crate::refusal::Refusal;
use crate::rows::CustomPermissionRow;
use crate::schema::{grants, permissions};

#[async_trait]
impl CustomPermissions for Database {
    async fn of(&self, organization: OrganizationId) -> Result<Vec<CustomPermission>, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        Ok(permissions_of(&mut connection, organization).await?)
    }

    async fn is_granted(&self, permission: &CustomPermission) -> Result<bool, Fault> {
        let mut connection = self.connection(Scope::Organization(permission.organization)).await?;
        let granted = grants::table
            .filter(grants::organization_id.eq(permission.organization.uuid()))
            .filter(grants::permission.eq(permission.permission.as_str()));
        diesel::select(exists(granted)).get_result(&mut connection).await.map_err(fault)
    }
}

pub(super) async fn permissions_of(
    connection: &mut AsyncPgConnection,
    organization: OrganizationId,
) -> Result<Vec<CustomPermission>, Refusal> {
    let rows: Vec<CustomPermissionRow> = permissions::table
        .filter(permissions::organization_id.eq(organization.uuid()))
        .order(permissions::key)
        .select(CustomPermissionRow::as_select())
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, Fault>>()?)
}
