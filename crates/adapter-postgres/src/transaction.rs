//! One transaction from beginning to end, and certainty about how it ended.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, RunQueryDsl, TransactionManager};
use kernel::{AuditId, Evidence, Fault, Id, Scope, Signal};
use tokio::time::{Instant, timeout};

use crate::fault::{fault, is_collision};
use crate::record::record;
use crate::refusal::Refusal;
use crate::schema::audit_entries;
use crate::signals;
use crate::store::PgStore;
use crate::turns::Turn;

/// What is to happen in one transaction. It may be run again from the beginning.
pub(crate) trait Transaction: Send + Sync + 'static {
    type Answer: Send + 'static;

    /// Whose things it reads and writes.
    fn scope(&self) -> Scope;

    /// What it does only when it is its turn.
    fn turns(&self) -> BTreeSet<Turn> {
        BTreeSet::new()
    }

    /// The statements. Evidence and signals are written after them.
    fn run<'a>(
        &'a self,
        store: &'a PgStore,
        connection: &mut AsyncPgConnection,
    ) -> impl Future<Output = Result<Done<'a, Self::Answer>, Refusal>> + Send;
}

/// What the statements came to.
pub(crate) struct Done<'a, A> {
    pub(crate) answer: A,
    pub(crate) evidence: Cow<'a, Evidence>,
    pub(crate) signals: Vec<Signal>,
}

struct Committed<A> {
    answer: A,
    /// The first entry it wrote, by which it is found again.
    entry: Option<AuditId>,
    signals: Vec<Signal>,
}

enum Failed<A> {
    /// Nothing was written.
    Refused(Refusal),
    /// The answer to COMMIT was lost: it may have been written.
    Doubtful(Committed<A>, DieselError),
}

impl<A, R: Into<Refusal>> From<R> for Failed<A> {
    fn from(refusal: R) -> Self {
        Self::Refused(refusal.into())
    }
}

const MOST_TRIES: u32 = 6;
/// How long a transaction waits for its turn: less than the request that wants it, so that nobody works for one who has gone.
const PATIENCE: Duration = Duration::from_secs(3);

impl PgStore {
    /// Runs it in a task of its own, so that a dropped request can't cut it off, and tells this node's caches before it
    /// answers.
    pub(crate) async fn carry<T: Transaction>(&self, transaction: T) -> Result<T::Answer, Refusal> {
        let store = self.clone();
        let deadline = kernel::deadline();
        let task = self.database.spawn(async move {
            let taken = timeout(PATIENCE, store.turns.take(transaction.turns())).await;
            let Ok(_turns) = taken else { return Err(Fault::Contended.into()) };
            let result = store.settle(&transaction, deadline).await;
            let heard = match &result {
                Ok(committed) => committed.signals.as_slice(),
                Err(Refusal::Stale(truth)) => truth.as_slice(),
                Err(_) => &[],
            };
            for signal in heard {
                store.sink.receive(signal);
            }
            result.map(|it| it.answer)
        });
        task.await.map_err(|error| Fault::Failed(error.into()))?
    }

    async fn settle<T: Transaction>(
        &self,
        transaction: &T,
        deadline: Option<Instant>,
    ) -> Result<Committed<T::Answer>, Refusal> {
        let mut doubtful: Option<Committed<T::Answer>> = None;
        for tries in 1.. {
            let attempt = self.attempt(transaction, deadline).await;
            // A doubtful commit may still have been under way when it was looked for. This attempt had to wait for what it
            // held, or left it out and changed nothing of it, so now it is decided; unless this one broke off.
            if let Some(first) = doubtful.take() {
                if self.is_written(transaction.scope(), first.entry).await? {
                    return Ok(first);
                }
                if broke_off(&attempt) {
                    doubtful = Some(first);
                }
            }
            match attempt {
                Ok(committed) => return Ok(committed),
                Err(Failed::Refused(Refusal::Again(error))) if tries < MOST_TRIES => {
                    tracing::debug!(%error, tries, "a transaction is tried again");
                }
                Err(Failed::Refused(refusal)) => return Err(refusal),
                Err(Failed::Doubtful(committed, error)) => {
                    tracing::warn!(%error, tries, "the answer to COMMIT was lost");
                    if self.is_written(transaction.scope(), committed.entry).await? {
                        return Ok(committed);
                    }
                    if tries == MOST_TRIES {
                        return Err(fault(error).into());
                    }
                    doubtful = Some(committed);
                }
            }
            tokio::time::sleep(Duration::from_millis(2 << tries)).await;
        }
        Err(Fault::Contended.into())
    }

    async fn attempt<T: Transaction>(
        &self,
        transaction: &T,
        deadline: Option<Instant>,
    ) -> Result<Committed<T::Answer>, Failed<T::Answer>> {
        let mut connection = self.database.connection(transaction.scope()).await?;
        AnsiTransactionManager::begin_transaction(&mut *connection).await?;
        let filled = self.fill(transaction, &mut connection).await;
        // A database that stood still goes on with what it was sent, after nobody waits for it any more.
        let late = deadline.is_some_and(|it| it <= Instant::now());
        let filled = filled.and_then(|it| if late { Err(Fault::Contended.into()) } else { Ok(it) });
        match filled {
            Ok(committed) => match AnsiTransactionManager::commit_transaction(&mut *connection).await {
                Ok(()) => Ok(committed),
                Err(error) if is_verdict(&error) => Err(error.into()),
                Err(error) => Err(Failed::Doubtful(committed, error)),
            },
            Err(refusal) => {
                // Where even this fails, the pool discards the connection.
                AnsiTransactionManager::rollback_transaction(&mut *connection).await.ok();
                Err(refusal.into())
            }
        }
    }

    async fn fill<T: Transaction>(
        &self,
        transaction: &T,
        connection: &mut AsyncPgConnection,
    ) -> Result<Committed<T::Answer>, Refusal> {
        let Done { answer, evidence, signals } = transaction.run(self, connection).await?;
        record(connection, self.sealer.as_ref(), self.leaves.as_ref(), &evidence).await?;
        signals::tell(connection, &signals).await?;
        Ok(Committed { answer, entry: evidence.audit.as_slice().first().map(|it| it.id), signals })
    }

    /// Whether the transaction that wrote this entry was committed; one that wrote none changed nothing.
    async fn is_written(&self, scope: Scope, entry: Option<AuditId>) -> Result<bool, Fault> {
        let Some(entry) = entry else { return Ok(false) };
        let mut connection = self.database.connection(scope).await?;
        let found =
            diesel::select(diesel::dsl::exists(audit_entries::table.filter(audit_entries::id.eq(entry.uuid()))));
        found.get_result(&mut connection).await.map_err(fault)
    }
}

/// Whether it ended somewhere on its way, and nothing follows from it.
fn broke_off<A>(attempt: &Result<Committed<A>, Failed<A>>) -> bool {
    matches!(attempt, Err(Failed::Refused(Refusal::Again(_))))
}

/// Whether the database itself said that the transaction was not committed: a deferred constraint, or a collision.
fn is_verdict(error: &DieselError) -> bool {
    use DatabaseErrorKind::{
        CheckViolation, ExclusionViolation, ForeignKeyViolation, NotNullViolation, RestrictViolation, UniqueViolation,
    };
    let constraint = matches!(
        error,
        DieselError::DatabaseError(
            CheckViolation
                | ExclusionViolation
                | ForeignKeyViolation
                | NotNullViolation
                | RestrictViolation
                | UniqueViolation,
            _
        )
    );
    constraint || is_collision(error)
}

#[cfg(test)]
mod tests {
    use kernel::Taken;

    use super::*;

    #[test]
    fn only_what_ran_to_an_end_decides_a_doubtful_commit() {
        let committed = || Committed { answer: (), entry: None, signals: Vec::new() };
        let lost = || DieselError::BrokenTransactionManager;
        assert!(broke_off::<()>(&Err(lost().into())));
        assert!(!broke_off(&Ok(committed())));
        assert!(!broke_off(&Err(Failed::Doubtful(committed(), lost()))));
        for refusal in [Refusal::Taken(Taken("email")), Refusal::Stale(None), Fault::defect("twice").into()] {
            assert!(!broke_off::<()>(&Err(refusal.into())));
        }
    }
}
