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
    if let Some(answer) = recall(store, act).await? {
        return Ok(answer);
    }
    let mut pauses = Pauses::default();
    loop {
        let decided = decide().await;
        // Whatever it was decided on may be what the request that it repeats has made since it was looked.
        if !matches!(decided, Ok(Decided::Done(..)))
            && let Some(answer) = recall(store, act).await?
        {
            return Ok(answer);
        }
        let (unit, answer) = match decided? {
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
                let idempotency = act.idempotency.as_ref().ok_or_else(|| Fault::defect("remembered without a key"))?;
                return Ok(idempotency.replay(&remembered)?);
            }
        }
    }
}

/// What was answered before to the act's `Idempotency-Key`, if anything. [`carry_out`] looks by itself; a use case that
/// checks or hashes something before it looks first.
pub async fn recall<C: Change, T: DeserializeOwned>(store: &dyn Store<C>, act: &Act) -> Result<Option<T>, Fault> {
    let Some(idempotency) = &act.idempotency else { return Ok(None) };
    match store.recall(&idempotency.once_key()).await? {
        Some(remembered) => idempotency.replay(&remembered).map(Some),
        None => Ok(None),
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::testing::{Units, act};
    use crate::toy::{Change, Error, Note, Noted};
    use crate::{Idempotency, MockStore, Scope, Secret, Write};

    fn unit(act: &Act) -> UnitOfWork<Change> {
        let note = Note { author: act.id(), title: "a", text: None };
        UnitOfWork::of(act, &Noted(Scope::Installation)).change(Change(Write::Add(note)))
    }

    /// Decides `Done` with how often it was asked.
    async fn done(store: &dyn Store<Change>, act: &Act) -> Result<usize, Error> {
        let asked = AtomicUsize::new(0);
        carry_out(store, act, || {
            let times = asked.fetch_add(1, Ordering::Relaxed) + 1;
            async move { Ok(Decided::Done(unit(act), times)) }
        })
        .await
    }

    fn act_once(request: u8) -> Act {
        let idempotency = Idempotency { key: Secret::new("key"), scope: "POST /notes".into(), request: [request; 32] };
        Act { idempotency: Some(idempotency), ..act() }
    }

    #[tokio::test]
    async fn what_is_decided_is_committed_and_then_answered() {
        let store = Units::default();
        assert_eq!(done(&store, &act()).await.unwrap(), 1);
        assert_eq!(store.only(), unit(&act()));
    }

    #[tokio::test]
    async fn a_refusal_is_committed_too_and_never_remembered() {
        let (store, act) = (Units::default(), act_once(1));
        let refused: Result<(), Error> =
            carry_out(&store, &act, || async { Ok(Decided::Refused(unit(&act), Error::Refused)) }).await;
        assert!(matches!(refused, Err(Error::Refused)));
        assert_eq!(store.only().once, None);
    }

    #[tokio::test]
    async fn nothing_is_not_committed() {
        let store = Units::<Change>::default();
        let answer: Result<_, Error> = carry_out(&store, &act(), || async { Ok(Decided::Nothing(7)) }).await;
        assert_eq!(answer.unwrap(), 7);
        assert_eq!(store.all(), []);
    }

    #[tokio::test]
    async fn an_error_of_the_decision_commits_nothing() {
        let store = Units::<Change>::default();
        let answer: Result<(), Error> = carry_out(&store, &act(), || async { Err(Error::Refused) }).await;
        assert!(matches!(answer, Err(Error::Refused)));
        assert_eq!(store.all(), []);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_stale_is_decided_again() {
        let store = Units::failing([CommitError::Stale, CommitError::Stale]);
        assert_eq!(done(&store, &act()).await.unwrap(), 3);
        assert_eq!(store.all().len(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn patience_ends_after_two_seconds() {
        let mut store = MockStore::new();
        store.expect_commit().times(10..).returning(|_| Err(CommitError::Stale));
        let began = tokio::time::Instant::now();
        assert!(matches!(done(&store, &act()).await, Err(Error::Fault(Fault::Contended))));
        assert!(began.elapsed() >= PATIENCE);
    }

    #[tokio::test]
    async fn a_taken_value_and_a_fault_become_the_domains_own() {
        let store = Units::failing([CommitError::Taken(Taken("title")), CommitError::Fault(Fault::defect("x"))]);
        assert!(matches!(done(&store, &act()).await, Err(Error::Taken(Taken("title")))));
        assert!(matches!(done(&store, &act()).await, Err(Error::Fault(Fault::Failed(_)))));
    }

    #[tokio::test]
    async fn a_repetition_is_answered_without_deciding() {
        let first = Units::default();
        done(&first, &act_once(1)).await.unwrap();
        let once = first.only().once.unwrap();

        let mut store = MockStore::new();
        let remembered = once.remembered.clone();
        store.expect_recall().withf(move |key| *key == once.key).returning(move |_| Ok(Some(remembered.clone())));
        store.expect_commit().never();
        let answer: Result<usize, Error> = carry_out(&store, &act_once(1), || async { unreachable!() }).await;
        assert_eq!(answer.unwrap(), 1);

        let other = done(&store, &act_once(2)).await;
        assert!(matches!(other, Err(Error::Fault(Fault::KeyReused))));
    }

    #[tokio::test]
    async fn what_the_earlier_of_two_at_once_made_is_no_reason_to_refuse_the_later() {
        let first = Units::default();
        done(&first, &act_once(1)).await.unwrap();
        let remembered = first.only().once.map(|it| it.remembered).unwrap();
        let later = async |decided: fn() -> Result<Decided<Change, usize, Error>, Error>| {
            let (mut store, looked, found) = (MockStore::new(), AtomicUsize::new(0), remembered.clone());
            let once_committed = move || (looked.fetch_add(1, Ordering::Relaxed) > 0).then(|| found.clone());
            store.expect_recall().times(2).returning(move |_| Ok(once_committed()));
            store.expect_commit().never();
            carry_out::<_, usize, Error, _, _>(&store, &act_once(1), || async move { decided() }).await
        };
        assert_eq!(later(|| Err(Error::Refused)).await.unwrap(), 1);
        assert_eq!(later(|| Ok(Decided::Refused(unit(&act()), Error::Refused))).await.unwrap(), 1);
        assert_eq!(later(|| Ok(Decided::Nothing(7))).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn of_two_at_once_the_later_gets_the_earliers_answer() {
        let first = Units::default();
        done(&first, &act_once(1)).await.unwrap();
        let remembered = || first.only().once.map(|it| it.remembered).unwrap();

        let store = Units::failing([CommitError::Remembered(remembered()), CommitError::Remembered(remembered())]);
        let answer: Result<usize, Error> =
            carry_out(&store, &act_once(1), || async { Ok(Decided::Done(unit(&act()), 99)) }).await;
        assert_eq!(answer.unwrap(), 1);
        assert!(matches!(done(&store, &act_once(2)).await, Err(Error::Fault(Fault::KeyReused))));
    }
}
