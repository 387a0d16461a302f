use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use identity::Settings;
use identity::ports::SettingsStore;
use kernel::Fault;

/// The settings as this node knows them: read on first use, and again after each change.
pub struct LiveSettings {
    stored: Arc<dyn SettingsStore>,
    configured: Settings,
    known: RwLock<Option<Arc<Settings>>>,
    /// Moves on with every change heard of, so that what was read before it is not kept.
    changes: AtomicU64,
}

impl LiveSettings {
    /// What stands above `configured` is read from `stored`.
    #[must_use]
    pub fn new(stored: Arc<dyn SettingsStore>, configured: Settings) -> Self {
        Self { stored, configured, known: RwLock::default(), changes: AtomicU64::default() }
    }

    /// As known.
    pub(crate) async fn get(&self) -> Result<Arc<Settings>, Fault> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some(settings) => Ok(settings),
            None => self.read().await,
        }
    }

    /// As stored at this moment.
    pub(crate) async fn read(&self) -> Result<Arc<Settings>, Fault> {
        let before = self.changes.load(Ordering::SeqCst);
        let stored = self.stored.stored().await?;
        // An older release may have allowed what this one does not.
        let settings = stored.patch.apply(&self.configured).unwrap_or(self.configured);
        let settings = Arc::new(settings);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if before == self.changes.load(Ordering::SeqCst) {
            *known = Some(Arc::clone(&settings));
        }
        Ok(settings)
    }

    /// They have changed.
    pub(crate) fn forget(&self) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        self.changes.fetch_add(1, Ordering::SeqCst);
        *known = None;
    }
}

#[cfg(test)]
mod tests {
    use identity::ports::MockSettingsStore;
    use identity::{LimitsPatch, SettingsPatch, StoredSettings};
    use kernel::testing::NOON;
    use tokio::sync::Semaphore;

    use super::*;

    fn stored(sessions: u32) -> StoredSettings {
        let limits = LimitsPatch { sessions_per_user: Some(sessions), ..LimitsPatch::default() };
        StoredSettings { patch: SettingsPatch { limits, ..SettingsPatch::default() }, version: 1 }
    }

    /// Read one after the other, and no more often.
    fn live(states: Vec<u32>) -> LiveSettings {
        let mut store = MockSettingsStore::new();
        let mut states = states.into_iter();
        store.expect_stored().times(states.len()).returning(move || Ok(stored(states.next().unwrap())));
        LiveSettings::new(Arc::new(store), Settings::default())
    }

    async fn sessions(live: &LiveSettings) -> u32 {
        live.get().await.unwrap().limits.sessions_per_user
    }

    #[tokio::test]
    async fn they_are_read_once_and_again_after_a_change() {
        let live = live(vec![1, 2]);
        assert_eq!((sessions(&live).await, sessions(&live).await), (1, 1));
        live.forget();
        assert_eq!((sessions(&live).await, sessions(&live).await), (2, 2));
    }

    #[tokio::test]
    async fn who_must_be_certain_reads_and_then_all_know() {
        let live = live(vec![1, 2]);
        assert_eq!(sessions(&live).await, 1);
        assert_eq!(live.read().await.unwrap().limits.sessions_per_user, 2);
        assert_eq!(sessions(&live).await, 2);
    }

    #[tokio::test]
    async fn what_this_release_does_not_allow_leaves_the_configuration() {
        assert_eq!(sessions(&live(vec![0])).await, Settings::default().limits.sessions_per_user);
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_a_fault_and_is_read_again() {
        let mut store = MockSettingsStore::new();
        let mut answers = vec![Ok(stored(2)), Err(Fault::Contended)];
        store.expect_stored().times(2).returning(move || answers.pop().unwrap());
        let live = LiveSettings::new(Arc::new(store), Settings::default());
        assert!(live.get().await.is_err());
        assert_eq!(sessions(&live).await, 2);
    }

    /// Answers a read when it is let, with what was stored when it began.
    struct Slow {
        state: std::sync::Mutex<u32>,
        begun: Semaphore,
        may_end: Semaphore,
    }

    #[async_trait::async_trait]
    impl SettingsStore for Slow {
        async fn stored(&self) -> Result<StoredSettings, Fault> {
            let state = *self.state.lock().unwrap();
            self.begun.add_permits(1);
            self.may_end.acquire().await.unwrap().forget();
            Ok(stored(state))
        }
    }

    #[tokio::test]
    async fn a_change_heard_while_reading_is_not_overwritten_by_what_was_before_it() {
        let slow = Arc::new(Slow { state: 1.into(), begun: Semaphore::new(0), may_end: Semaphore::new(0) });
        let live = LiveSettings::new(Arc::<Slow>::clone(&slow), Settings::default());
        let change = async {
            slow.begun.acquire().await.unwrap().forget();
            *slow.state.lock().unwrap() = 2;
            live.forget();
            slow.may_end.add_permits(2);
        };
        let (before, ()) = tokio::join!(live.get(), change);
        assert_eq!(before.unwrap().limits.sessions_per_user, 1);
        assert_eq!(sessions(&live).await, 2);
    }

    #[tokio::test]
    async fn a_node_that_hears_nothing_reads_each_time_and_one_that_hears_reads_after_a_change_or_a_gap() {
        use identity::ports::CurrentSettings as _;
        use kernel::{Signal, SignalSink as _};
        let (snapshots, clock) = (crate::testing::snapshots(vec![crate::testing::facts(vec![])]), NOON);
        let mut sessions = identity::ports::MockSessions::new();
        sessions.expect_ended().returning(|_| Ok(vec![]));
        let sessions = Arc::new(sessions);
        let clock = Arc::new(kernel::testing::FixedClock(clock));
        let keys = crate::testing::keys(identity::ports::MockKeys::new());
        let node = crate::Node::new(snapshots, sessions, live(vec![1, 2, 3, 4]), keys, clock);
        let most = async || node.current().await.unwrap().limits.sessions_per_user;
        assert_eq!((most().await, most().await), (1, 2));
        node.alive();
        assert_eq!((most().await, most().await), (2, 2));
        node.receive(&Signal::Settings);
        assert_eq!((most().await, most().await), (3, 3));
        // In a gap anything may have been missed.
        node.listening().await.unwrap();
        assert_eq!((most().await, most().await), (4, 4));
    }
}
