use accounts::views::{Export, Exports, InvitationRow, MailedRow, MembershipRow};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use identity::ports::SeenSession;
use identity::{Key, User};
use kernel::{Fault, Id, Page, PageRequest, Scope, Time, UserId};
use rbac::Grant;
use uuid::Uuid;

use super::identities::identities_of;
use super::memberships;
use super::passkeys::passkeys_of;
use super::trail::entries_of;
use crate::fault::fault;
use crate::keyset::Keyset;
use crate::pool::Database;
use crate::refusal::Refusal;
use crate::rows::{GrantRow, KeyRow, SeenSessionRow, SessionRow, UserRow};
use crate::schema::{
    grants, invitations, key_sightings, keys, mailed_tokens, members, organizations, session_sightings, sessions,
    totps, users,
};

/// What the user did, and what else says something personal of it; each found by an index of its own.
const TRAIL: &str = "
    (SELECT id, at FROM audit_entries
        WHERE actor_id = $1 AND ($2 IS NULL OR (at, id) < ($2, $3))
        ORDER BY at DESC, id DESC LIMIT $4)
    UNION
    (SELECT DISTINCT entry_id, at FROM audit_personal
        WHERE subject = $1 AND ($2 IS NULL OR (at, entry_id) < ($2, $3))
        ORDER BY at DESC, entry_id DESC LIMIT $4)
    ORDER BY at DESC, id DESC LIMIT $4";

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    at: Time,
}

#[async_trait]
impl Exports for Database {
    async fn of(&self, user: UserId) -> Result<Option<Export>, Fault> {
        let mut connection = self.connection(Scope::User(user)).await?;
        let mut moment = connection.build_transaction().repeatable_read().read_only();
        Ok(moment.run(async move |connection| read(connection, user).await).await?)
    }

    async fn trail(&self, user: UserId, page: PageRequest) -> Result<Page<audit::Entry>, Fault> {
        let last = page.after.as_ref().and_then(Keyset::read);
        let mut connection = self.connection(Scope::User(user)).await?;
        let named: Vec<Named> = diesel::sql_query(TRAIL)
            .bind::<SqlUuid, _>(user.uuid())
            .bind::<Nullable<Timestamptz>, _>(last.map(|it| it.at))
            .bind::<Nullable<SqlUuid>, _>(last.map(|it| it.id))
            .bind::<BigInt, _>(i64::from(page.limit) + 1)
            .load(&mut connection)
            .await
            .map_err(fault)?;
        let Page { data, next } = Page::from_one_more(named, page.limit, |it| Keyset { at: it.at, id: it.id }.cursor());
        let named: Vec<_> = data.into_iter().map(|it| (it.id, it.at)).collect();
        let mut entries = entries_of(&mut connection, &named).await?;
        for entry in entries.iter_mut().filter(|it| it.actor_id != Some(user.uuid())) {
            entry.personal.retain(|it| it.subject == Some(user.uuid()));
        }
        Ok(Page { data: entries, next })
    }
}

async fn read(connection: &mut AsyncPgConnection, user: UserId) -> Result<Option<Export>, Refusal> {
    let row: Option<UserRow> =
        users::table.find(user.uuid()).select(UserRow::as_select()).first(connection).await.optional()?;
    let Some(row) = row else { return Ok(None) };
    let user = User::try_from(row)?;
    Ok(Some(Export {
        sessions: sessions_of(connection, user.id).await?,
        memberships: memberships_of(connection, user.id).await?,
        grants: grants_to(connection, user.id).await?,
        invitations: invitations_to(connection, &user).await?,
        mailed: mailed_to(connection, user.id).await?,
        recovery_codes_left: recovery_codes_of(connection, user.id).await?,
        passkeys: passkeys_of(connection, user.id).await?,
        identities: identities_of(connection, user.id).await?,
        tokens: tokens_of(connection, user.id).await?,
        user,
    }))
}

async fn sessions_of(connection: &mut AsyncPgConnection, user: UserId) -> Result<Vec<SeenSession>, Refusal> {
    let rows: Vec<SeenSessionRow> = sessions::table
        .left_join(session_sightings::table)
        .filter(sessions::user_id.eq(user.uuid()))
        .order((sessions::created_at.desc(), sessions::id.desc()))
        .select((SessionRow::as_select(), (session_sightings::at, session_sightings::address).nullable()))
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, Fault>>()?)
}

async fn grants_to(connection: &mut AsyncPgConnection, user: UserId) -> Result<Vec<Grant>, Refusal> {
    let rows: Vec<GrantRow> = grants::table
        .filter(grants::user_id.eq(user.uuid()))
        .order((grants::organization_id, grants::permission))
        .select(GrantRow::as_select())
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, Fault>>()?)
}

async fn memberships_of(connection: &mut AsyncPgConnection, user: UserId) -> Result<Vec<MembershipRow>, Refusal> {
    let rows: Vec<memberships::Row> = members::table
        .inner_join(organizations::table)
        .filter(members::user_id.eq(user.uuid()))
        .filter(organizations::deleted_at.is_null())
        .order((members::joined_at, members::organization_id))
        .select(memberships::COLUMNS)
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

async fn invitations_to(connection: &mut AsyncPgConnection, user: &User) -> Result<Vec<InvitationRow>, Refusal> {
    let rows: Vec<(String, String, String, Time)> = invitations::table
        .inner_join(organizations::table)
        .filter(invitations::email_key.eq(user.email.key()))
        .order((invitations::created_at, invitations::id))
        .select((organizations::name, invitations::role, invitations::status, invitations::created_at))
        .load(connection)
        .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|(organization, role, status, created_at)| InvitationRow { organization, role, status, created_at })
        .collect())
}

async fn mailed_to(connection: &mut AsyncPgConnection, user: UserId) -> Result<Vec<MailedRow>, Refusal> {
    let rows: Vec<(String, Option<String>, String, Time)> = mailed_tokens::table
        .filter(mailed_tokens::user_id.eq(user.uuid()))
        .filter(mailed_tokens::used_at.is_null())
        .order((mailed_tokens::issued_at, mailed_tokens::hash))
        .select((mailed_tokens::purpose, mailed_tokens::email, mailed_tokens::email_key, mailed_tokens::expires_at))
        .load(connection)
        .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|(purpose, email, key, expires_at)| MailedRow { purpose, email: email.unwrap_or(key), expires_at })
        .collect())
}

/// `None` while multi-factor authentication is off.
async fn recovery_codes_of(connection: &mut AsyncPgConnection, user: UserId) -> Result<Option<usize>, Refusal> {
    let codes: Option<Vec<Vec<u8>>> = totps::table
        .find(user.uuid())
        .filter(totps::confirmed_at.is_not_null())
        .select(totps::recovery_codes)
        .first(connection)
        .await
        .optional()?;
    Ok(codes.map(|it| it.len()))
}

async fn tokens_of(connection: &mut AsyncPgConnection, user: UserId) -> Result<Vec<(Key, Option<Time>)>, Refusal> {
    let rows: Vec<(KeyRow, Option<Time>)> = keys::table
        .left_join(key_sightings::table)
        .filter(keys::user_id.eq(user.uuid()))
        .order((keys::created_at.desc(), keys::id.desc()))
        .select((KeyRow::as_select(), key_sightings::at.nullable()))
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(|(row, used)| Ok((row.try_into()?, used))).collect::<Result<_, Fault>>()?)
}
