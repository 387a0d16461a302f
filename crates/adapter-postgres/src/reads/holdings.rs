use std::collections::HashMap;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Fault, Id, RoleKey, Scope, UserId};
use tenancy::ports::Holdings;

use tenancy::{Holding, Invitation, InvitationStatus, Member, Organization};
use uuid::Uuid;

use crate::pool::Database;
use crate::refusal::Refusal;
use crate::rows::{InvitationRow, MemberRow, OrganizationRow};
use crate::schema::{authorization_versions, invitations, members, organizations};

/// Who else is there; those whose accounts are on their way out are counted apart.
const OTHERS: &str = "
    SELECT o.organization_id,
        count(*) FILTER (WHERE u.deleted_at IS NULL) AS members,
        count(*) FILTER (WHERE u.status = 'active' AND o.role = $2 AND o.status = 'active') AS owners,
        count(*) FILTER (WHERE u.deleted_at IS NOT NULL AND u.status <> 'erased') AS going
    FROM members mine
    JOIN members o ON o.organization_id = mine.organization_id AND o.user_id <> mine.user_id
    JOIN users u ON u.id = o.user_id
    WHERE mine.user_id = $1
    GROUP BY o.organization_id";

#[derive(QueryableByName)]
struct Others {
    #[diesel(sql_type = SqlUuid)]
    organization_id: Uuid,
    #[diesel(sql_type = BigInt)]
    members: i64,
    #[diesel(sql_type = BigInt)]
    owners: i64,
    #[diesel(sql_type = BigInt)]
    going: i64,
}

#[async_trait]
impl Holdings for Database {
    async fn of(&self, user: UserId) -> Result<Vec<Holding>, Fault> {
        let mut connection = self.connection(Scope::User(user)).await?;
        let mut moment = connection.build_transaction().repeatable_read().read_only();
        Ok(moment.run(async move |connection| read(connection, user).await).await?)
    }
}

async fn read(connection: &mut AsyncPgConnection, user: UserId) -> Result<Vec<Holding>, Refusal> {
    let rows: Vec<(OrganizationRow, i64, MemberRow)> = members::table
        .inner_join(organizations::table.inner_join(authorization_versions::table))
        .filter(members::user_id.eq(user.uuid()))
        .filter(organizations::deleted_at.is_null())
        .order(organizations::id)
        .select((OrganizationRow::as_select(), authorization_versions::version, MemberRow::as_select()))
        .load(connection)
        .await?;
    let others: Vec<Others> = diesel::sql_query(OTHERS)
        .bind::<SqlUuid, _>(user.uuid())
        .bind::<Text, _>(RoleKey::OWNER.as_str())
        .load(connection)
        .await?;
    let others: HashMap<Uuid, Others> = others.into_iter().map(|it| (it.organization_id, it)).collect();
    let mut pending = pending(connection, user).await?;
    rows.into_iter()
        .map(|(organization, version, member)| {
            let (organization, member) = (Organization::try_from(organization)?, Member::try_from(member)?);
            let others = others.get(&organization.id.uuid());
            Ok(Holding {
                version,
                member,
                other_members: others.map_or(0, |it| it.members.unsigned_abs()),
                other_owners: others.map_or(0, |it| it.owners.unsigned_abs()),
                members_on_their_way_out: others.map_or(0, |it| it.going.unsigned_abs()),
                pending: pending.remove(&organization.id.uuid()).unwrap_or_default(),
                organization,
            })
        })
        .collect()
}

/// Who is asked to join where the user belongs.
async fn pending(connection: &mut AsyncPgConnection, user: UserId) -> Result<HashMap<Uuid, Vec<Invitation>>, Refusal> {
    let own = members::table.filter(members::user_id.eq(user.uuid())).select(members::organization_id);
    let rows: Vec<InvitationRow> = invitations::table
        .filter(invitations::status.eq(InvitationStatus::Pending.as_str()))
        .filter(invitations::organization_id.eq_any(own))
        .order((invitations::organization_id, invitations::id))
        .select(InvitationRow::as_select())
        .load(connection)
        .await?;
    let mut pending: HashMap<Uuid, Vec<Invitation>> = HashMap::new();
    for row in rows {
        let invitation = Invitation::try_from(row)?;
        pending.entry(invitation.organization.uuid()).or_default().push(invitation);
    }
    Ok(pending)
}
