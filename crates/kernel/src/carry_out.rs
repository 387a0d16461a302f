use std::future::Future;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Act, Change, CommitError, Fault, Store, Taken, UnitOfWork};

/// How long a unit that keeps going stale is decided again.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a use case decided.
#[derive(Debug)]
pub enum Decided<C, T, E> {
    /// This should happen; then the answer is this.
    Done(UnitOfWork<C>, T),
    /// No, and that it was refused is written too.
    Refused(UnitOfWork<C>, E),
    /// Nothing is to be written; the answer is this.
    Nothing(T),
}

/// The only caller of [`Store::commit`]: runs `decide`, commits either arm, decides again while the unit is stale,
/// says which unique value is taken, and answers a repetition with what was answered before.
pub async fn carry_out<C, T, E, D, F>(store: &dyn Store<C>, act: &Act, decide: D) -> Result<T, E>
where
    C: Change,
    T: Serialize + DeserializeOwned + Send,
    E: From<Taken> + From<Fault>,
    D: Fn() -> F + Send,
    F: Future<Output = Result<Decided<C, T, E>, E>> + Send,
{
    if let Some(idempotency) = &act.idempotency
        && let Some(remembered) = store.recall(&idempotency.once_key()).await?
    {
        return Ok(idempotency.replay(&remembered)?);
    }
    let mut pauses = Pauses::default();
    loop {
        let (unit, answer) = match decide().await? {
            Decided::Nothing(answer) => return Ok(answer),
            Decided::Refused(unit, error) => (unit, Err(error)),
            Decided::Done(mut unit, answer) => {
                if let Some(idempotency) = &act.idempotency {
                    unit.once = Some(idempotency.remember(act, &answer)?);
                }
                (unit, Ok(answer))
            }
        };
        match store.commit(unit).await {
            Ok(()) => return answer,
            Err(CommitError::Stale) => pauses.next(act).await?,
            Err(CommitError::Taken(taken)) => return Err(taken.into()),
            Err(CommitError::Fault(fault)) => return Err(fault.into()),
            Err(CommitError::Remembered(remembered)) => {
                let idempotency = act.idempotency.as_ref().ok_or(Fault::KeyReused)?;
                return Ok(idempotency.replay(&remembered)?);
            }
        }
    }
}

/// Growing, jittered pauses that end with the patience.
#[derive(Default)]
struct Pauses {
    taken: u32,
    waited: Duration,
}

impl Pauses {
    async fn next(&mut self, act: &Act) -> Result<(), Fault> {
        if self.waited >= PATIENCE {
            return Err(Fault::Contended);
        }
        let ceiling = 4u64 << self.taken.min(6);
        let jitter = u64::from(act.ids.bytes()[0]) * ceiling / 255;
        let pause = Duration::from_millis(1 + jitter);
        tokio::time::sleep(pause).await;
        self.taken += 1;
        self.waited += pause;
        Ok(())
    }
}
