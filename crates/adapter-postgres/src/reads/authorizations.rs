use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use kernel::{Fault, Id, OrganizationId, RoleKey, Scope};
use rbac::ports::Authorizations;
use rbac::{Facts, MemberFact};
use tenancy::MemberStatus;
use uuid::Uuid;

use crate::fault::{corrupt, fault};
use crate::pool::Database;
use crate::schema::{authorization_versions, members, organizations};

#[async_trait]
impl Authorizations for Database {
    /// One statement: one moment. The version comes with every member, and alone where there is none.
    async fn load(&self, organization: OrganizationId) -> Result<Option<Facts>, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let rows: Vec<(i64, bool, Option<(Uuid, String, String)>)> = organizations::table
            .inner_join(authorization_versions::table)
            .left_join(members::table)
            .filter(organizations::id.eq(organization.uuid()))
            .filter(organizations::deleted_at.is_null())
            .select((
                authorization_versions::version,
                organizations::require_mfa,
                (members::user_id, members::role, members::status).nullable(),
            ))
            .load(&mut connection)
            .await
            .map_err(fault)?;
        let Some(&(version, require_mfa, _)) = rows.as_slice().first() else { return Ok(None) };
        let members = rows.into_iter().filter_map(|(_, _, member)| member).map(|(user, role, status)| {
            Ok(MemberFact {
                user: user.into(),
                role: RoleKey::parse(&role).ok_or_else(|| corrupt("role"))?,
                active: status == MemberStatus::Active.as_str(),
            })
        });
        Ok(Some(Facts {
            organization,
            version,
            require_mfa,
            roles: Vec::new(),
            permissions: Vec::new(),
            members: members.collect::<Result<_, Fault>>()?,
        }))
    }

    async fn version(&self, organization: OrganizationId) -> Result<Option<i64>, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        authorization_versions::table
            .inner_join(organizations::table)
            .filter(organizations::id.eq(organization.uuid()))
            .filter(organizations::deleted_at.is_null())
            .select(authorization_versions::version)
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)
    }
}
