use async_trait::async_trait;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use identity::Standing;
use identity::ports::Standings;
use kernel::{Fault, Id, OrganizationRef, RoleKey, Scope, UserId};
use tenancy::MemberStatus;
use uuid::Uuid;

use crate::fault::{corrupt, fault};
use crate::pool::Database;
use crate::schema::{members, organizations};

#[async_trait]
impl Standings for Database {
    async fn of(&self, user: UserId, wanted: Option<OrganizationRef>) -> Result<Option<Standing>, Fault> {
        let mut connection = self.connection(Scope::User(user)).await?;
        let own = members::table
            .inner_join(organizations::table)
            .filter(members::user_id.eq(user.uuid()))
            .filter(organizations::deleted_at.is_null())
            .select((members::organization_id, members::role, members::status))
            .into_boxed();
        let chosen = match wanted {
            Some(OrganizationRef::Id(id)) => own.filter(organizations::id.eq(id.uuid())),
            Some(OrganizationRef::Slug(slug)) => own.filter(organizations::slug.eq(slug.as_str().to_owned())),
            None => own.filter(members::status.eq(MemberStatus::Active.as_str())),
        };
        let rows: Vec<(Uuid, String, String)> = chosen.limit(2).load(&mut connection).await.map_err(fault)?;
        // Two are possible only where none was named, and then none is chosen.
        let [(organization, role, status)] = rows.as_slice() else { return Ok(None) };
        Ok(Some(Standing {
            organization: (*organization).into(),
            role: RoleKey::parse(role).ok_or_else(|| corrupt("role"))?,
            active: status == MemberStatus::Active.as_str(),
        }))
    }

    async fn demand_mfa(&self, user: UserId) -> Result<bool, Fault> {
        let mut connection = self.connection(Scope::User(user)).await?;
        let demanding = members::table
            .inner_join(organizations::table)
            .filter(members::user_id.eq(user.uuid()))
            .filter(organizations::require_mfa)
            .filter(organizations::deleted_at.is_null());
        diesel::select(exists(demanding)).get_result(&mut connection).await.map_err(fault)
    }

    async fn share_organization(&self, user: UserId, other: UserId) -> Result<bool, Fault> {
        let mut connection = self.connection(Scope::User(user)).await?;
        let (own, theirs) = diesel::alias!(members as own, members as theirs);
        let shared = own
            .inner_join(organizations::table.on(organizations::id.eq(own.field(members::organization_id))))
            .inner_join(theirs.on(theirs.field(members::organization_id).eq(own.field(members::organization_id))))
            .filter(own.field(members::user_id).eq(user.uuid()))
            .filter(own.field(members::status).eq(MemberStatus::Active.as_str()))
            .filter(theirs.field(members::user_id).eq(other.uuid()))
            .filter(organizations::deleted_at.is_null());
        diesel::select(exists(shared)).get_result(&mut connection).await.map_err(fault)
    }

    async fn words_of(&self, user: UserId) -> Result<Vec<String>, Fault> {
        let mut connection = self.connection(Scope::User(user)).await?;
        let rows: Vec<(String, String)> = members::table
            .inner_join(organizations::table)
            .filter(members::user_id.eq(user.uuid()))
            .filter(organizations::deleted_at.is_null())
            .order(organizations::id)
            .select((organizations::name, organizations::slug))
            .load(&mut connection)
            .await
            .map_err(fault)?;
        Ok(rows.into_iter().flat_map(<[String; 2]>::from).collect())
    }
}
