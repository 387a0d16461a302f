use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use audit::ports::LeafSealer;
use diesel::prelude::*;
use diesel::query_dsl::methods::FilterDsl;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{
    Change, Clock, CommitError, Fault, Once, OnceKey, Remembered, Scope, Sealer, SignalSink, Store, Time, UnitOfWork,
};

use crate::apply::{Apply, apply_all};
use crate::fault::{corrupt, fault};
use crate::locks::Locks;
use crate::pool::Database;
use crate::refusal::Refusal;
use crate::schema::remembered;
use crate::scope;
use crate::statements::Lanes;
use crate::transaction::{Done, Transaction};
use crate::turns::{Turn, Turns};

/// Every port that writes, or opens what is sealed. Cheap to clone.
#[derive(Clone)]
pub struct PgStore {
    pub(crate) database: Database,
    pub(crate) sealer: Arc<dyn Sealer>,
    pub(crate) leaves: Arc<dyn LeafSealer>,
    pub(crate) sink: Arc<dyn SignalSink>,
    pub(crate) turns: Arc<Turns>,
    pub(crate) lanes: Arc<Lanes>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl PgStore {
    /// `sealer` seals secrets, `leaves` what waits for the audit log. `sink` are this node's own caches, told of what was committed before the commit answers. `clock` only says whether
    /// what is remembered under a key has expired, and whether a signing key has retired.
    #[must_use]
    pub fn new(
        database: Database,
        sealer: Arc<dyn Sealer>,
        leaves: Arc<dyn LeafSealer>,
        sink: Arc<dyn SignalSink>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { database, sealer, leaves, sink, turns: Arc::default(), lanes: Arc::default(), clock }
    }
}

#[async_trait]
impl<C: Apply> Store<C> for PgStore {
    async fn commit(&self, unit: UnitOfWork<C>) -> Result<(), CommitError> {
        let locks = Locks::of(&unit);
        Ok(self.carry(Commit { unit, locks, now: self.clock.now() }).await?)
    }

    async fn recall(&self, key: &OnceKey) -> Result<Option<Remembered>, Fault> {
        let mut connection = self.database.connection(Scope::Installation).await?;
        find(&mut connection, key, self.clock.now()).await
    }
}

struct Commit<C> {
    unit: UnitOfWork<C>,
    locks: Locks,
    now: Time,
}

impl<C: Apply + Change> Transaction for Commit<C> {
    type Answer = ();

    fn scope(&self) -> Scope {
        scope::of_evidence(&self.unit.evidence)
    }

    fn turns(&self) -> BTreeSet<Turn> {
        let once = self.unit.once.iter().map(|it| Turn::Once(it.key.0));
        self.locks.moves().map(Turn::Authorization).chain(once).collect()
    }

    async fn run<'a>(
        &'a self,
        store: &'a PgStore,
        connection: &mut AsyncPgConnection,
    ) -> Result<Done<'a, ()>, Refusal> {
        if let Some(once) = &self.unit.once {
            remember(connection, once, self.now).await?;
        }
        let mut signals = self.locks.take(connection).await?;
        apply_all(&self.unit.changes, connection, store.sealer.as_ref(), &mut signals).await?;
        Ok(Done { answer: (), evidence: Cow::Borrowed(&self.unit.evidence), signals })
    }
}

/// Claims the key, or answers what it was claimed with. A claim under way is waited for; one that has expired is as none.
async fn remember(connection: &mut AsyncPgConnection, once: &Once, now: Time) -> Result<(), Refusal> {
    let row = (
        remembered::key.eq(once.key.0.as_slice()),
        remembered::fingerprint.eq(once.remembered.fingerprint.as_slice()),
        remembered::answer.eq(&once.remembered.answer),
        remembered::expires_at.eq(once.expires_at),
    );
    let claim = diesel::insert_into(remembered::table).values(row).on_conflict(remembered::key).do_update().set((
        remembered::fingerprint.eq(excluded(remembered::fingerprint)),
        remembered::answer.eq(excluded(remembered::answer)),
        remembered::expires_at.eq(excluded(remembered::expires_at)),
    ));
    let claimed = FilterDsl::filter(claim, remembered::expires_at.le(now)).execute(connection).await?;
    if claimed == 1 {
        return Ok(());
    }
    Err(match find(connection, &once.key, now).await? {
        Some(remembered) => Refusal::Remembered(remembered),
        // It expired between the two statements.
        None => Refusal::Stale(None),
    })
}

async fn find(connection: &mut AsyncPgConnection, key: &OnceKey, now: Time) -> Result<Option<Remembered>, Fault> {
    let kept = remembered::key.eq(key.0.as_slice()).and(remembered::expires_at.gt(now));
    let row: Option<(Vec<u8>, Vec<u8>)> = QueryDsl::filter(remembered::table, kept)
        .select((remembered::fingerprint, remembered::answer))
        .first(connection)
        .await
        .optional()
        .map_err(fault)?;
    let Some((fingerprint, answer)) = row else { return Ok(None) };
    let fingerprint = fingerprint.try_into().map_err(|_| corrupt("fingerprint"))?;
    Ok(Some(Remembered { fingerprint, answer }))
}
