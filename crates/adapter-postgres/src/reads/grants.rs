use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use kernel::{Fault, Id, OrganizationId, Scope, UserId};
use rbac::Grant;
use rbac::ports::Grants;

use crate::fault::fault;
use crate::pool::Database;
use crate::rows::GrantRow;
use crate::schema::grants;

#[async_trait]
impl Grants for Database {
    async fn of(&self, organization: OrganizationId, user: UserId) -> Result<Vec<Grant>, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let rows: Vec<GrantRow> = grants::table
            .filter(grants::organization_id.eq(organization.uuid()))
            .filter(grants::user_id.eq(user.uuid()))
            .order(grants::permission)
            .select(GrantRow::as_select())
            .load(&mut connection)
            .await
            .map_err(fault)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}
