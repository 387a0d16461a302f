//! Leaves on their way into the log.

use audit::{Hash, Waiting};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Fault, Id, Time};
use uuid::Uuid;

use crate::fault::{corrupt, fault};
use crate::keyset::Keyset;
use crate::schema::audit_waiting;

/// With whether their entries stand in the log already: one statement sees one moment.
const WAITING: &str = "
    SELECT w.*, EXISTS (SELECT FROM audit_leaves l WHERE l.entry_id = w.entry_id) AS taken_up
    FROM audit_waiting w WHERE $2 IS NULL OR (w.at, w.entry_id) > ($2, $3)
    ORDER BY w.at, w.entry_id LIMIT $1";

const DONE_WITH: &str = "
    DELETE FROM audit_waiting w USING unnest($1::timestamptz[], $2::uuid[]) AS it (at, entry_id)
    WHERE w.at = it.at AND w.entry_id = it.entry_id";

#[derive(Insertable, Queryable, QueryableByName, Selectable)]
#[diesel(table_name = audit_waiting)]
pub(crate) struct WaitingRow {
    #[diesel(sql_type = Timestamptz)]
    at: Time,
    #[diesel(sql_type = SqlUuid)]
    entry_id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    organization_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Binary>)]
    hash: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Binary>)]
    seal: Option<Vec<u8>>,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(embed)]
    leaf: WaitingRow,
    #[diesel(sql_type = Bool)]
    taken_up: bool,
}

impl From<Waiting> for WaitingRow {
    fn from(waiting: Waiting) -> Self {
        Self {
            at: waiting.at,
            entry_id: waiting.entry.uuid(),
            organization_id: waiting.organization.map(Id::uuid),
            hash: waiting.hash.map(|it| it.0.to_vec()),
            seal: waiting.seal,
        }
    }
}

impl WaitingRow {
    pub(crate) fn tell(self) -> Result<Waiting, Fault> {
        let hash = self.hash.as_deref().map(|it| Hash::from_bytes(it).ok_or_else(|| corrupt("leaf"))).transpose()?;
        Ok(Waiting {
            entry: self.entry_id.into(),
            at: self.at,
            organization: self.organization_id.map(Into::into),
            hash,
            seal: self.seal,
        })
    }
}

/// Some of those that wait, in order, each with whether its entry has a leaf already.
pub(crate) async fn waiting(
    connection: &mut AsyncPgConnection,
    after: Option<Keyset>,
    most: usize,
) -> Result<Vec<(Waiting, bool)>, Fault> {
    let found: Vec<Found> = diesel::sql_query(WAITING)
        .bind::<BigInt, _>(i64::try_from(most).unwrap_or(i64::MAX))
        .bind::<Nullable<Timestamptz>, _>(after.map(|it| it.at))
        .bind::<Nullable<SqlUuid>, _>(after.map(|it| it.id))
        .load(connection)
        .await
        .map_err(fault)?;
    found.into_iter().map(|it| Ok((it.leaf.tell()?, it.taken_up))).collect()
}

/// These wait no longer.
pub(crate) async fn done_with(connection: &mut AsyncPgConnection, these: &[&Waiting]) -> Result<(), Fault> {
    let moments: Vec<Time> = these.iter().map(|it| it.at).collect();
    let entries: Vec<Uuid> = these.iter().map(|it| it.entry.uuid()).collect();
    diesel::sql_query(DONE_WITH)
        .bind::<Array<Timestamptz>, _>(moments)
        .bind::<Array<SqlUuid>, _>(entries)
        .execute(connection)
        .await
        .map_err(fault)?;
    Ok(())
}
