use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use audit::ports::{Log, Strays, WaitingPage};
use audit::tree::{Range, Subtree, consistency, inclusion};
use audit::verify::{DropNote, Leaf, Placed};
use audit::{Action, Entry, Hash, Waits};
use diesel::dsl::exists;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{AuditId, Cursor, Fault, Id, OrganizationId, Scope, Time};
use uuid::Uuid;

use super::trail::entries_of;
use crate::fault::{corrupt, fault};
use crate::keyset::Keyset;
use crate::pool::Database;
use crate::queues::newest_checkpoint;
use crate::queues::waiting::{WaitingRow, waiting};
use crate::schema::{audit_checkpoints, audit_entries, audit_leaves, audit_waiting};

/// Entries that are looked at at a time.
const LOOK: usize = 5_000;

/// Whether each waits or has a leaf. One statement sees one moment: what is taken up meanwhile is in one of the two.
const STRAYS: &str = "
    WITH page AS MATERIALIZED (
        SELECT id, at, organization_id FROM audit_entries
        WHERE ($1 IS NULL OR (id, at) > ($1, $2)) AND $4::uuid IS NULL
        ORDER BY id, at LIMIT $3
    )
    SELECT id, at, EXISTS (
            SELECT FROM audit_leaves l WHERE l.entry_id = page.id AND l.at = page.at
            AND l.organization_id IS NOT DISTINCT FROM page.organization_id
        ) AS taken_up, EXISTS (SELECT FROM audit_waiting w WHERE w.at = page.at AND w.entry_id = page.id) AS waits
    FROM page ORDER BY id, at";

/// As [`STRAYS`], of an organization, newest first.
const STRAYS_OF: &str = "
    WITH page AS MATERIALIZED (
        SELECT id, at, organization_id FROM audit_entries
        WHERE organization_id = $4 AND ($1 IS NULL OR (at, id) < ($2, $1))
        ORDER BY at DESC, id DESC LIMIT $3
    )
    SELECT id, at, EXISTS (
            SELECT FROM audit_leaves l WHERE l.entry_id = page.id AND l.at = page.at
            AND l.organization_id IS NOT DISTINCT FROM page.organization_id
        ) AS taken_up, EXISTS (SELECT FROM audit_waiting w WHERE w.at = page.at AND w.entry_id = page.id) AS waits
    FROM page ORDER BY at DESC, id DESC";

#[derive(QueryableByName)]
struct LookedAt {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    at: Time,
    #[diesel(sql_type = Bool)]
    taken_up: bool,
    #[diesel(sql_type = Bool)]
    waits: bool,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_leaves, check_for_backend(Pg))]
struct LeafRow {
    index: i64,
    entry_id: Uuid,
    at: Time,
    organization_id: Option<Uuid>,
    hashes: Vec<u8>,
}

impl From<LeafRow> for Leaf {
    /// What is no row of hashes has none: that is for who verifies to find.
    fn from(row: LeafRow) -> Self {
        let hashes = row.hashes.chunks(32).map(Hash::from_bytes).collect::<Option<_>>().unwrap_or_default();
        Self {
            index: row.index.unsigned_abs(),
            entry: row.entry_id.into(),
            at: row.at,
            organization: row.organization_id.map(Into::into),
            hashes,
        }
    }
}

#[async_trait]
impl Log for Database {
    async fn checkpoint(&self) -> Result<Option<String>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        Ok(newest_checkpoint(&mut connection).await?.map(|(_, note)| note))
    }

    async fn checkpoints(&self) -> Result<Vec<String>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let all = audit_checkpoints::table.order(audit_checkpoints::size).select(audit_checkpoints::note);
        all.load(&mut connection).await.map_err(fault)
    }

    async fn placed(&self, organization: OrganizationId, entry: AuditId, size: u64) -> Result<Option<Placed>, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let rows = audit_leaves::table
            .filter(audit_leaves::entry_id.eq(entry.uuid()))
            .filter(audit_leaves::organization_id.eq(organization.uuid()))
            .select(LeafRow::as_select())
            .load(&mut connection)
            .await
            .map_err(fault)?;
        let leaves = rows.into_iter().map(Leaf::from).filter(|it| it.index < size).collect();
        Ok(prove(&mut connection, leaves, size, true).await?.pop())
    }

    async fn proofs(&self, entries: &[AuditId], size: u64) -> Result<Vec<Placed>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let ids: Vec<Uuid> = entries.iter().map(|it| it.uuid()).collect();
        let rows = audit_leaves::table
            .filter(audit_leaves::entry_id.eq_any(ids))
            .select(LeafRow::as_select())
            .load(&mut connection)
            .await
            .map_err(fault)?;
        let leaves = rows.into_iter().map(Leaf::from).filter(|it| it.index < size).collect();
        prove(&mut connection, leaves, size, false).await
    }

    async fn waiting(&self, after: Option<Cursor>) -> Result<WaitingPage, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let found = waiting(&mut connection, after.as_ref().and_then(Keyset::read), LOOK).await?;
        let named: Vec<_> = found.iter().map(|(it, _)| (it.entry.uuid(), it.at)).collect();
        let entries = entries_of(&mut connection, &named).await?;
        let mut entries: HashMap<(AuditId, Time), Entry> = entries.into_iter().map(|it| ((it.id, it.at), it)).collect();
        let last = found.last().filter(|_| found.len() == LOOK);
        let next = last.map(|(it, _)| Keyset { at: it.at, id: it.entry.uuid() }.cursor());
        let waits = found.into_iter().map(|(waiting, taken_up)| {
            let entry = entries.remove(&(waiting.entry, waiting.at));
            Waits { waiting, entry, taken_up }
        });
        Ok(WaitingPage { waits: waits.collect(), next })
    }

    async fn waits(&self, organization: OrganizationId, entry: AuditId) -> Result<bool, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let waiting = audit_waiting::table
            .filter(audit_waiting::entry_id.eq(entry.uuid()))
            .filter(audit_waiting::organization_id.eq(organization.uuid()));
        diesel::select(diesel::dsl::exists(waiting)).get_result(&mut connection).await.map_err(fault)
    }

    async fn of(&self, organization: OrganizationId, from: u64, size: u64, most: u16) -> Result<Vec<Placed>, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let rows = audit_leaves::table
            .filter(audit_leaves::organization_id.eq(organization.uuid()))
            .filter(audit_leaves::index.ge(number(from)?))
            .filter(audit_leaves::index.lt(number(size)?))
            .order(audit_leaves::index)
            .limit(i64::from(most))
            .select(LeafRow::as_select())
            .load(&mut connection)
            .await
            .map_err(fault)?;
        prove(&mut connection, rows.into_iter().map(Leaf::from).collect(), size, true).await
    }

    async fn consistency(&self, before: u64, size: u64) -> Result<Vec<Hash>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let path = consistency(before, size);
        let known = hashes_at(&mut connection, positions(&path)).await?;
        known.of(&path)
    }

    async fn leaves(&self, from: u64, most: u16) -> Result<Vec<(Leaf, Option<Entry>)>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let rows = audit_leaves::table
            .filter(audit_leaves::index.ge(number(from)?))
            .order(audit_leaves::index)
            .limit(i64::from(most))
            .select(LeafRow::as_select())
            .load(&mut connection)
            .await
            .map_err(fault)?;
        with_entries(&mut connection, rows.into_iter().map(Leaf::from).collect()).await
    }

    async fn strays(&self, organization: Option<OrganizationId>, after: Option<Cursor>) -> Result<Strays, Fault> {
        let last = after.as_ref().and_then(Keyset::read);
        let scope = organization.map_or(Scope::Installation, Scope::Organization);
        let mut connection = self.connection(scope).await?;
        let query = diesel::sql_query(if organization.is_some() { STRAYS_OF } else { STRAYS })
            .bind::<Nullable<SqlUuid>, _>(last.map(|it| it.id))
            .bind::<Nullable<Timestamptz>, _>(last.map(|it| it.at))
            .bind::<BigInt, _>(i64::try_from(LOOK).unwrap_or(i64::MAX))
            .bind::<Nullable<SqlUuid>, _>(organization.map(Id::uuid));
        let page: Vec<LookedAt> = query.load(&mut connection).await.map_err(fault)?;
        let next = page.last().filter(|_| page.len() == LOOK).map(|it| Keyset { at: it.at, id: it.id }.cursor());
        let waiting = page.iter().filter(|it| it.waits && !it.taken_up).count() as u64;
        let entries = page.into_iter().filter(|it| !it.taken_up && !it.waits).map(|it| it.id.into()).collect();
        Ok(Strays { entries, waiting, next })
    }

    async fn dropped(&self) -> Result<Option<DropNote>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        newest_dropped(&mut connection).await
    }
}

/// The newest entry that tells of it, of those that the log knows or is about to.
pub(crate) async fn newest_dropped(connection: &mut AsyncPgConnection) -> Result<Option<DropNote>, Fault> {
    let leaf = audit_leaves::table
        .filter(audit_leaves::entry_id.eq(audit_entries::id))
        .filter(audit_leaves::at.eq(audit_entries::at));
    let waiting = audit_waiting::table
        .filter(audit_waiting::entry_id.eq(audit_entries::id))
        .filter(audit_waiting::at.eq(audit_entries::at));
    let newest: Option<(Uuid, Time, bool)> = audit_entries::table
        .filter(audit_entries::organization_id.is_null())
        .filter(audit_entries::action.eq(Action::DROPPED))
        .filter(exists(leaf).or(exists(waiting)))
        .order((audit_entries::at.desc(), audit_entries::id.desc()))
        .select((audit_entries::id, audit_entries::at, exists(leaf)))
        .first(connection)
        .await
        .optional()
        .map_err(fault)?;
    let Some((id, at, taken_up)) = newest else { return Ok(None) };
    let row = audit_waiting::table.find((at, id)).select(WaitingRow::as_select());
    let waiting = if taken_up { None } else { row.first(connection).await.optional().map_err(fault)? };
    let entry = entries_of(connection, &[(id, at)]).await?.pop();
    let waiting = waiting.map(WaitingRow::tell).transpose()?;
    Ok(entry.map(|entry| DropNote { entry, waiting }))
}

/// Each with its entry, where that is there.
async fn with_entries(
    connection: &mut AsyncPgConnection,
    leaves: Vec<Leaf>,
) -> Result<Vec<(Leaf, Option<Entry>)>, Fault> {
    let named: Vec<_> = leaves.iter().map(|it| (it.entry.uuid(), it.at)).collect();
    let entries = entries_of(connection, &named).await?;
    let mut entries: HashMap<(AuditId, Time), Entry> = entries.into_iter().map(|it| ((it.id, it.at), it)).collect();
    Ok(leaves
        .into_iter()
        .map(|leaf| {
            let entry = entries.remove(&(leaf.entry, leaf.at));
            (leaf, entry)
        })
        .collect())
}

/// Each with its proof against this size, and where that is wanted with its entry.
async fn prove(
    connection: &mut AsyncPgConnection,
    leaves: Vec<Leaf>,
    size: u64,
    with_entry: bool,
) -> Result<Vec<Placed>, Fault> {
    let paths: Vec<Vec<Range>> = leaves.iter().map(|it| inclusion(it.index, size)).collect();
    let known = hashes_at(connection, positions(paths.iter().flatten())).await?;
    let leaves = if with_entry {
        with_entries(connection, leaves).await?
    } else {
        leaves.into_iter().map(|leaf| (leaf, None)).collect()
    };
    let placed = leaves.into_iter().zip(paths).map(|((leaf, entry), path)| {
        // A proof that can't be made proves nothing: that is for who verifies to find.
        Placed { leaf, proof: known.of(&path).unwrap_or_default(), entry }
    });
    Ok(placed.collect())
}

/// Where the hashes of these ranges are stored.
pub(crate) fn positions<'a>(ranges: impl IntoIterator<Item = &'a Range>) -> BTreeSet<u64> {
    ranges.into_iter().flat_map(|it| it.subtrees()).map(|it| it.last).collect()
}

/// What is stored with some leaves.
pub(crate) struct Known(HashMap<u64, Leaf>);

impl Known {
    pub(crate) fn get(&self, subtree: Subtree) -> Option<Hash> {
        self.0.get(&subtree.last)?.hashes.get(usize::try_from(subtree.height).ok()?).copied()
    }

    pub(crate) fn of(&self, ranges: &[Range]) -> Result<Vec<Hash>, Fault> {
        let hashes = ranges.iter().map(|it| it.hash(|subtree| self.get(subtree)));
        hashes.collect::<Option<_>>().ok_or_else(|| corrupt("log"))
    }
}

pub(crate) async fn hashes_at(connection: &mut AsyncPgConnection, positions: BTreeSet<u64>) -> Result<Known, Fault> {
    let positions: Vec<i64> = positions.into_iter().map(number).collect::<Result<_, _>>()?;
    let rows = audit_leaves::table
        .filter(audit_leaves::index.eq_any(positions))
        .select(LeafRow::as_select())
        .load(connection)
        .await
        .map_err(fault)?;
    Ok(Known(rows.into_iter().map(Leaf::from).map(|it| (it.index, it)).collect()))
}

fn number(index: u64) -> Result<i64, Fault> {
    i64::try_from(index).map_err(|_| corrupt("log"))
}
