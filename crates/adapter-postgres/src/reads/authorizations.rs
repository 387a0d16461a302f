use std::collections::HashMap;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Fault, Id, OrganizationId, RoleKey, Scope, UserId};
use rbac::ports::Authorizations;
use rbac::{Delta, Facts, Grant, GrantFact, MemberFact, Role, Rules};
use tenancy::MemberStatus;
use uuid::Uuid;

use super::custom_permissions::permissions_of;
use super::roles::roles_of;
use crate::fault::{corrupt, fault};
use crate::pool::Database;
use crate::refusal::Refusal;
use crate::rows::GrantRow;
use crate::schema::{authorization_versions, grants, members, organizations};

#[async_trait]
impl Authorizations for Database {
    async fn load(&self, organization: OrganizationId) -> Result<Option<Facts>, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let mut moment = connection.build_transaction().repeatable_read().read_only();
        let facts = moment.run::<_, Refusal, _>(async move |connection| {
            let Some((version, require_mfa)) = head(connection, organization).await? else { return Ok(None) };
            let rules = rules(connection, organization, require_mfa).await?;
            let members = facts_of(connection, organization, None).await?;
            Ok(Some(Facts { organization, version, rules, members }))
        });
        Ok(facts.await?)
    }

    async fn delta(
        &self,
        organization: OrganizationId,
        members: &[UserId],
        whether_rules: bool,
    ) -> Result<Option<Delta>, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let mut moment = connection.build_transaction().repeatable_read().read_only();
        let delta = moment.run::<_, Refusal, _>(async move |connection| {
            let Some((version, require_mfa)) = head(connection, organization).await? else { return Ok(None) };
            let rules = if whether_rules { Some(rules(connection, organization, require_mfa).await?) } else { None };
            let facts =
                if members.is_empty() { Vec::new() } else { facts_of(connection, organization, Some(members)).await? };
            let mut facts: HashMap<UserId, MemberFact> = facts.into_iter().map(|it| (it.user, it)).collect();
            let members = members.iter().map(|it| (*it, facts.remove(it))).collect();
            Ok(Some(Delta { version, rules, members }))
        });
        Ok(delta.await?)
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

/// Version, and whether more than one factor is demanded.
async fn head(
    connection: &mut AsyncPgConnection,
    organization: OrganizationId,
) -> Result<Option<(i64, bool)>, Refusal> {
    let head = organizations::table
        .inner_join(authorization_versions::table)
        .filter(organizations::id.eq(organization.uuid()))
        .filter(organizations::deleted_at.is_null())
        .select((authorization_versions::version, organizations::require_mfa))
        .first(connection)
        .await
        .optional()?;
    Ok(head)
}

async fn rules(
    connection: &mut AsyncPgConnection,
    organization: OrganizationId,
    require_mfa: bool,
) -> Result<Rules, Refusal> {
    Ok(Rules {
        require_mfa,
        roles: roles_of(connection, organization).await?.iter().map(Role::from).collect(),
        permissions: permissions_of(connection, organization).await?.into_iter().map(|it| it.permission).collect(),
    })
}

/// Of these, or of all.
async fn facts_of(
    connection: &mut AsyncPgConnection,
    organization: OrganizationId,
    only: Option<&[UserId]>,
) -> Result<Vec<MemberFact>, Refusal> {
    let only: Option<Vec<Uuid>> = only.map(|it| it.iter().map(|it| it.uuid()).collect());
    let mut all = members::table
        .filter(members::organization_id.eq(organization.uuid()))
        .select((members::user_id, members::role, members::status))
        .into_boxed();
    let mut given = grants::table
        .filter(grants::organization_id.eq(organization.uuid()))
        .select(GrantRow::as_select())
        .into_boxed();
    if let Some(only) = only {
        all = all.filter(members::user_id.eq_any(only.clone()));
        given = given.filter(grants::user_id.eq_any(only));
    }
    let rows: Vec<(Uuid, String, String)> = all.load(connection).await?;
    let mut grants: HashMap<UserId, Vec<GrantFact>> = HashMap::new();
    for row in given.load::<GrantRow>(connection).await? {
        let grant = Grant::try_from(row)?;
        grants.entry(grant.user).or_default().push(GrantFact::from(&grant));
    }
    let facts = rows.into_iter().map(|(user, role, status)| {
        let user = user.into();
        Ok(MemberFact {
            user,
            role: RoleKey::parse(&role).ok_or_else(|| corrupt("role"))?,
            active: status == MemberStatus::Active.as_str(),
            grants: grants.remove(&user).unwrap_or_default(),
        })
    });
    Ok(facts.collect::<Result<_, Fault>>()?)
}
