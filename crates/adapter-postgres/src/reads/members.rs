use async_trait::async_trait;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use kernel::{Fault, Id, OrganizationId, Scope, UserId};
use tenancy::Place;
use tenancy::ports::Members;

use crate::fault::fault;
use crate::pool::Database;
use crate::rows::{MemberRow, OrganizationRow};
use crate::schema::{authorization_versions, members, organizations};

/// Owners besides the one that is read, who may act.
const OTHER_OWNERS: &str = "(
    SELECT count(*) FROM members other JOIN users ON users.id = other.user_id
    WHERE other.organization_id = members.organization_id AND other.user_id <> members.user_id
        AND other.role = 'owner' AND other.status = 'active' AND users.status = 'active')";

#[async_trait]
impl Members for Database {
    /// One statement: one moment.
    async fn place(&self, organization: OrganizationId, user: UserId) -> Result<Option<Place>, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let row: Option<(OrganizationRow, i64, MemberRow, i64)> = members::table
            .inner_join(organizations::table.inner_join(authorization_versions::table))
            .filter(members::organization_id.eq(organization.uuid()))
            .filter(members::user_id.eq(user.uuid()))
            .select((
                OrganizationRow::as_select(),
                authorization_versions::version,
                MemberRow::as_select(),
                sql::<BigInt>(OTHER_OWNERS),
            ))
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        row.map(|(organization, version, member, other_owners)| {
            Ok(Place {
                organization: organization.try_into()?,
                version,
                member: member.try_into()?,
                other_owners: other_owners.unsigned_abs(),
            })
        })
        .transpose()
    }
}
