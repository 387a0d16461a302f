use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use audit::ports::{LeafSealer, Resigning, Sequencing};
use audit::tree::{Frontier, Range, consistency, is_consistent};
use audit::{Author, Entry, Head, Notary, Waiting};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Integer, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use kernel::{AuditId, Fault, Id, Scope, Time};
use uuid::Uuid;

use super::unknown_key::{UnknownKey, Word};
use super::waiting::{done_with, waiting};
use crate::fault::{corrupt, fault};
use crate::keyset::Keyset;
use crate::pool::Database;
use crate::reads::log::{hashes_at, positions};
use crate::reads::trail::entries_of;
use crate::refusal::Refusal;
use crate::schema::{audit_checkpoints, audit_leaves, audit_waiting};

/// Leaves taken up at a time.
const MOST: usize = 1_000;

/// One transaction at a time holds it, on any node. Its number is only ours by convention.
const ELECT: &str = "SELECT pg_try_advisory_xact_lock(7067435828) AS elected";

/// For entries of before there was a log.
const COMMIT_TO: &str = "
    UPDATE audit_personal p SET commitment = it.commitment
    FROM unnest($1::uuid[], $2::timestamptz[], $3::integer[], $4::bytea[]) AS it (entry_id, at, position, commitment)
    WHERE p.entry_id = it.entry_id AND p.at = it.at AND p.position = it.position AND p.commitment IS NULL";

/// An hour keeps one checkpoint, the last.
const THIN: &str = "
    DELETE FROM audit_checkpoints
    WHERE size < $1 AND date_trunc('hour', at, 'UTC') = date_trunc('hour', $2::timestamptz, 'UTC')";

/// Chains leaves into the log, and signs what it comes to.
pub struct Sequencer {
    database: Database,
    notary: Notary,
    sealer: Arc<dyn LeafSealer>,
    seen: Mutex<Seen>,
    unknown: Mutex<UnknownKey>,
}

/// Whom to believe that an entry was written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Belief {
    /// Whoever sealed it as this installation does.
    Seals,
    /// Everybody: nothing was signed yet, or nobody knows by whom.
    All,
}

/// What came of adding what waits.
struct Added {
    /// Whether there may be more.
    more: bool,
    /// How many wait on, for nobody here knows the key.
    unknown: usize,
}

/// What was found signed so far: whoever cuts the log back can't make this process forget.
#[derive(Default)]
struct Seen {
    head: Option<Head>,
    /// When a checkpoint was last told to the server's own log, in hours.
    told: Option<i64>,
}

#[derive(QueryableByName)]
struct Election {
    #[diesel(sql_type = Bool)]
    elected: bool,
}

#[derive(Insertable)]
#[diesel(table_name = audit_leaves)]
struct LeafRow {
    index: i64,
    entry_id: Uuid,
    at: Time,
    organization_id: Option<Uuid>,
    hashes: Vec<u8>,
}

impl Sequencer {
    /// On this database, signing so; `sealer` tells what this installation wrote.
    #[must_use]
    pub fn new(database: Database, notary: Notary, sealer: Arc<dyn LeafSealer>) -> Self {
        Self { database, notary, sealer, seen: Mutex::default(), unknown: Mutex::default() }
    }

    /// Answers whether there may be more, and what the log comes to where that is known.
    async fn take_up(&self, connection: &mut AsyncPgConnection, at: Time) -> Result<(bool, Option<Head>), Refusal> {
        if !elected(connection).await? {
            return Ok((false, None));
        }
        if !any_waits(connection).await? {
            self.tell_of_unknown(0, at);
            // One that is not ours is in nobody's way while there is nothing to add.
            let newest = self.newest_head(connection).await.ok().flatten();
            let goes_on = self.hold_to_seen(connection, newest.as_ref()).await.is_ok();
            return Ok((false, newest.filter(|_| goes_on)));
        }
        let newest = self.newest_head(connection).await?;
        let (origin, mut frontier) = self.newest(connection, newest.as_ref()).await?;
        let (belief, enough) = if newest.is_some() { (Belief::Seals, MOST) } else { (Belief::All, usize::MAX) };
        let Added { more, unknown } = self.add(connection, &mut frontier, belief, enough).await?;
        // Behind what was added, some may wait all the same.
        if unknown > 0 || !more {
            self.tell_of_unknown(unknown, at);
        }
        if newest.as_ref().is_some_and(|it| it.size == frontier.size()) {
            return Ok((more, newest));
        }
        let head = Head::new(&origin, frontier.size(), frontier.root());
        self.sign(connection, &head, at).await?;
        Ok((more, Some(head)))
    }

    /// Adds what waits, the oldest first, and no more once there are `enough`. What a stranger wrote waits no longer, and
    /// has no leaf.
    async fn add(
        &self,
        connection: &mut AsyncPgConnection,
        to: &mut Frontier,
        belief: Belief,
        enough: usize,
    ) -> Result<Added, Refusal> {
        let (mut after, mut added, mut unknown) = (None, 0, 0);
        while added < enough {
            let some = waiting(connection, after, MOST).await?;
            let Some((last, _)) = some.last() else { return Ok(Added { more: false, unknown }) };
            after = Some(Keyset { at: last.at, id: last.entry.uuid() });
            let (mut ours, mut strange) = (Vec::new(), Vec::new());
            for (it, taken_up) in &some {
                match it.author(self.sealer.as_ref()) {
                    _ if *taken_up => strange.push(it),
                    Author::Unknown if belief == Belief::Seals => unknown += 1,
                    Author::Stranger if belief == Belief::Seals => strange.push(it),
                    _ => ours.push(it),
                }
            }
            if let [first, ..] = strange[..] {
                let (entry, entries) = (first.entry, strange.len());
                tracing::error!(%entry, entries, "what somebody else wrote is not taken up by the audit log");
            }
            self.append(connection, to, &ours).await?;
            added += ours.len();
            done_with(connection, &[ours, strange].concat()).await?;
        }
        Ok(Added { more: true, unknown })
    }

    async fn append(
        &self,
        connection: &mut AsyncPgConnection,
        to: &mut Frontier,
        waiting: &[&Waiting],
    ) -> Result<(), Refusal> {
        let earlier = of_before(connection, waiting).await?;
        let mut rows = Vec::with_capacity(waiting.len());
        for it in waiting {
            let told = earlier.get(&(it.entry, it.at)).map(Entry::hash);
            let leaf = it.hash.or(told).ok_or_else(|| corrupt("leaf's entry"))?;
            let index = i64::try_from(to.size()).map_err(|_| corrupt("log"))?;
            let hashes = to.push(leaf).iter().flat_map(|it| it.0).collect();
            let (entry_id, organization_id) = (it.entry.uuid(), it.organization.map(Id::uuid));
            rows.push(LeafRow { index, entry_id, at: it.at, organization_id, hashes });
        }
        if !rows.is_empty() {
            diesel::insert_into(audit_leaves::table).values(rows).execute(connection).await?;
        }
        Ok(())
    }

    fn tell_of_unknown(&self, entries: usize, at: Time) {
        let word = self.unknown.lock().unwrap_or_else(PoisonError::into_inner).found(entries, at);
        match word {
            Some(Word::Wait(entries)) => {
                tracing::warn!(entries, "entries wait that were sealed under a SECRET_KEY that is not known here");
            }
            Some(Word::Over) => tracing::info!("no entry waits any more that was sealed under an unknown SECRET_KEY"),
            None => {}
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Once an hour the server's own log is told too: it is kept elsewhere than the database.
    fn remember(&self, head: Head, at: Time) {
        let mut seen = self.seen();
        let hour = at.timestamp() / 3_600;
        if seen.told.replace(hour) != Some(hour) {
            let checkpoint = self.notary.sign(&head);
            tracing::info!(target: "audit_checkpoint", ?checkpoint, "what the audit log comes to");
        }
        if seen.head.as_ref().is_none_or(|it| it.size < head.size) {
            seen.head = Some(head);
        }
    }

    /// The newest head must be the greatest that was seen, or go on from it.
    async fn hold_to_seen(&self, connection: &mut AsyncPgConnection, head: Option<&Head>) -> Result<(), Refusal> {
        let Some(seen) = self.seen().head.clone() else { return Ok(()) };
        let head = head.filter(|it| it.size >= seen.size).ok_or_else(broken)?;
        let path = consistency(seen.size, head.size);
        let proof = hashes_at(connection, positions(&path)).await?.of(&path)?;
        let goes_on = is_consistent((seen.size, seen.root), (head.size, head.root), &proof);
        if goes_on { Ok(()) } else { Err(broken().into()) }
    }

    /// What it is to be added to, which must come to what we have signed: whatever was done to it since is not to be signed.
    async fn newest(
        &self,
        connection: &mut AsyncPgConnection,
        head: Option<&Head>,
    ) -> Result<(String, Frontier), Refusal> {
        self.hold_to_seen(connection, head).await?;
        let Some(head) = head else {
            let leaves: i64 = audit_leaves::table.count().get_result(connection).await?;
            let empty = (self.notary.origin.clone(), Frontier::default());
            return if leaves == 0 { Ok(empty) } else { Err(broken().into()) };
        };
        let frontier = frontier_of(connection, head).await?;
        Ok((head.origin.clone(), frontier))
    }

    /// What the newest checkpoint tells; it must be ours, and stand in its place.
    async fn newest_head(&self, connection: &mut AsyncPgConnection) -> Result<Option<Head>, Refusal> {
        let Some((size, checkpoint)) = newest_checkpoint(connection).await? else { return Ok(None) };
        let head = self.notary.open(&checkpoint)?;
        if u64::try_from(size) == Ok(head.size) { Ok(Some(head)) } else { Err(broken().into()) }
    }

    async fn sign(&self, connection: &mut AsyncPgConnection, head: &Head, at: Time) -> Result<(), Refusal> {
        let size = i64::try_from(head.size).map_err(|_| corrupt("log"))?;
        diesel::insert_into(audit_checkpoints::table)
            .values((
                audit_checkpoints::size.eq(size),
                audit_checkpoints::at.eq(at),
                audit_checkpoints::note.eq(self.notary.sign(head)),
            ))
            .on_conflict(audit_checkpoints::size)
            .do_update()
            .set((audit_checkpoints::at.eq(at), audit_checkpoints::note.eq(self.notary.sign(head))))
            .execute(connection)
            .await?;
        diesel::sql_query(THIN).bind::<BigInt, _>(size).bind::<Timestamptz, _>(at).execute(connection).await?;
        Ok(())
    }

    async fn sign_anew(
        &self,
        connection: &mut AsyncPgConnection,
        at: Time,
        unseen: bool,
    ) -> Result<Option<Head>, Refusal> {
        diesel::sql_query("SELECT pg_advisory_xact_lock(7067435828)").execute(connection).await?;
        let Some((size, checkpoint)) = newest_checkpoint(connection).await? else { return Ok(None) };
        let (head, belief) = match self.notary.open(&checkpoint) {
            Err(_) if unseen => (Head::of_log(&checkpoint).ok_or_else(|| corrupt("checkpoint"))?, Belief::All),
            opened => (opened?, Belief::Seals),
        };
        if u64::try_from(size) != Ok(head.size) {
            return Err(broken().into());
        }
        let mut frontier = frontier_of(connection, &head).await?;
        let Added { unknown, .. } = self.add(connection, &mut frontier, belief, usize::MAX).await?;
        self.tell_of_unknown(unknown, at);
        let head = Head::new(&head.origin, frontier.size(), frontier.root());
        self.sign(connection, &head, at).await?;
        Ok(Some(head))
    }
}

#[async_trait]
impl Sequencing for Sequencer {
    async fn sequence(&self, at: Time) -> Result<bool, Fault> {
        let mut connection = self.database.connection(Scope::Installation).await?;
        let taken_up = connection.transaction(async |connection| self.take_up(connection, at).await);
        let (more, head) = taken_up.await?;
        if let Some(head) = head {
            self.remember(head, at);
        }
        Ok(more)
    }
}

#[async_trait]
impl Resigning for Sequencer {
    async fn resign(&self, at: Time, unseen: bool) -> Result<Option<Head>, Fault> {
        let mut connection = self.database.connection(Scope::Installation).await?;
        Ok(connection.transaction(async |connection| self.sign_anew(connection, at, unseen).await).await?)
    }
}

async fn any_waits(connection: &mut AsyncPgConnection) -> Result<bool, Refusal> {
    Ok(diesel::select(diesel::dsl::exists(audit_waiting::table.select(audit_waiting::at)))
        .get_result(connection)
        .await?)
}

async fn elected(connection: &mut AsyncPgConnection) -> Result<bool, Refusal> {
    let election: Election = diesel::sql_query(ELECT).get_result(connection).await?;
    Ok(election.elected)
}

/// With the size it is kept under.
pub(crate) async fn newest_checkpoint(connection: &mut AsyncPgConnection) -> Result<Option<(i64, String)>, Fault> {
    let columns = (audit_checkpoints::size, audit_checkpoints::note);
    let newest = audit_checkpoints::table.order(audit_checkpoints::size.desc()).select(columns);
    newest.first(connection).await.optional().map_err(fault)
}

/// The right edge of the log, as stored; it must come to this head.
async fn frontier_of(connection: &mut AsyncPgConnection, head: &Head) -> Result<Frontier, Fault> {
    let known = hashes_at(connection, positions(&[Range::whole(head.size)])).await?;
    let frontier = Frontier::of(head.size, |it| known.get(it));
    frontier.filter(|it| it.root() == head.root).ok_or_else(broken)
}

fn broken() -> Fault {
    Fault::defect("the audit log is not what was signed: run `portcullis audit verify`")
}

/// The entries among them that have no hash yet, now committed to.
async fn of_before(
    connection: &mut AsyncPgConnection,
    waiting: &[&Waiting],
) -> Result<HashMap<(AuditId, Time), Entry>, Refusal> {
    let named: Vec<_> = waiting.iter().filter(|it| it.hash.is_none()).map(|it| (it.entry.uuid(), it.at)).collect();
    if named.is_empty() {
        return Ok(HashMap::new());
    }
    let entries = entries_of(connection, &named).await?;
    let personal = || entries.iter().flat_map(|entry| (0..).zip(&entry.personal).map(move |it| (entry, it)));
    diesel::sql_query(COMMIT_TO)
        .bind::<Array<SqlUuid>, _>(personal().map(|(entry, _)| entry.id.uuid()).collect::<Vec<_>>())
        .bind::<Array<Timestamptz>, _>(personal().map(|(entry, _)| entry.at).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(personal().map(|(_, (position, _))| position).collect::<Vec<_>>())
        .bind::<Array<Binary>, _>(personal().map(|(_, (_, it))| it.commitment.0.as_slice()).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(entries.into_iter().map(|it| ((it.id, it.at), it)).collect())
}
