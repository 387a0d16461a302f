use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use kernel::Fault;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How many attempts on one address are under way at once on one node: an attempt counts before it is known to be right, and
/// many right ones at once (a job that signs in from forty threads) must not be taken for many wrong ones in a row.
const AT_ONCE: usize = 1;
/// How long an attempt waits for its turn: less than a request may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where attempts on one address wait for each other.
#[derive(Default)]
pub struct Gate(Mutex<HashMap<String, Weak<Semaphore>>>);

/// The place of an attempt that is under way.
pub type Turn = OwnedSemaphorePermit;

impl Gate {
    /// Waits for a place, or answers `Overloaded`.
    pub(crate) async fn enter(&self, key: String) -> Result<Turn, Fault> {
        let overloaded = |_| Fault::Overloaded(Duration::from_secs(1));
        let entered = timeout(PATIENCE, self.queue(key).acquire_owned()).await.map_err(overloaded)?;
        entered.map_err(|e| Fault::Failed(e.into()))
    }

    fn queue(&self, key: String) -> Arc<Semaphore> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queues.retain(|_, queue| queue.strong_count() > 0);
        if let Some(queue) = queues.get(&key).and_then(Weak::upgrade) {
            return queue;
        }
        let queue = Arc::new(Semaphore::new(AT_ONCE));
        queues.insert(key, Arc::downgrade(&queue));
        queue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_of_one_address_at_once_and_others_do_not_wait() {
        let gate = Gate::default();
        let enter = |key: &str| gate.enter(key.to_owned());
        let one = enter("a").await.unwrap();
        assert!(matches!(enter("a").await, Err(Fault::Overloaded(_))));
        let other = enter("b").await.unwrap();
        drop((one, other));
        assert!(enter("a").await.is_ok());
        assert!(gate.0.lock().unwrap().values().all(|it| it.strong_count() == 0));
    }
}
