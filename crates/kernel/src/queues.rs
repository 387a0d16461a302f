use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as Queue, OwnedMutexGuard};

/// Queues by key, in this process: of those who want the same thing one goes at a time, the others wait here.
#[derive(Debug)]
pub struct Queues<K>(Mutex<HashMap<K, Weak<Queue<()>>>>);

/// One's turn, until it is dropped.
pub type Turn = OwnedMutexGuard<()>;

impl<K> Default for Queues<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash + Send> Queues<K> {
    /// Waits for one's turn. A queue in which nobody waits is forgotten.
    pub async fn enter(&self, key: K) -> Turn {
        self.of(key).lock_owned().await
    }

    fn of(&self, key: K) -> Arc<Queue<()>> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queues.retain(|_, queue| queue.strong_count() > 0);
        if let Some(queue) = queues.get(&key).and_then(Weak::upgrade) {
            return queue;
        }
        let queue = Arc::default();
        queues.insert(key, Arc::downgrade(&queue));
        queue
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_at_a_time_enters_and_an_unused_queue_is_forgotten() {
        let queues = Queues::default();
        let first = queues.enter("a").await;
        assert!(timeout(Duration::from_secs(9), queues.enter("a")).await.is_err());
        let other = queues.enter("b").await;
        drop((first, other));
        assert!(timeout(Duration::from_secs(9), queues.enter("a")).await.is_ok());
        assert_eq!(queues.0.lock().unwrap().len(), 1);
    }
}
