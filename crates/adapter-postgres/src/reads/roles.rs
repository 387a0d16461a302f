use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Fault, Id, OrganizationId, Scope};
use rbac::CustomRole;
use rbac::ports::Roles;

use crate::pool::Database;
use crate::refusal::Refusal;
use crate::rows::RoleRow;
use crate::schema::roles;

#[async_trait]
impl Roles for Database {
    async fn of(&self, organization: OrganizationId) -> Result<Vec<CustomRole>, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        Ok(roles_of(&mut connection, organization).await?)
    }
}

pub(super) async fn roles_of(
    connection: &mut AsyncPgConnection,
    organization: OrganizationId,
) -> Result<Vec<CustomRole>, Refusal> {
    let rows: Vec<RoleRow> = roles::table
        .filter(roles::organization_id.eq(organization.uuid()))
        .order((roles::created_at, roles::id))
        .select(RoleRow::as_select())
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, Fault>>()?)
}
