use std::time::Duration;

use kernel::{Fault, Queues, Turn};
use tokio::time::timeout;

/// How long an attempt waits for its turn: less than a request may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where attempts on one address wait for each other, on one node: an attempt counts before it is known to be right, and
/// many right ones at once (a job that signs in from forty threads) must not be taken for many wrong ones in a row.
#[derive(Default)]
pub struct Gate(Queues<String>);

impl Gate {
    /// Waits for a place, or answers `Overloaded`.
    pub(crate) async fn enter(&self, key: String) -> Result<Turn, Fault> {
        timeout(PATIENCE, self.0.enter(key)).await.map_err(|_| Fault::Overloaded(Duration::from_secs(1)))
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
        assert!(gate.enter("b".to_owned()).await.is_ok());
    }
}
