use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use identity::ports::{CurrentSettings, Sessions};
use identity::{Key, Settings};
use kernel::{Clock, Fault, Freshness, OrganizationId, SessionId, Signal, SignalSink, Time};
use rbac::ports::Snapshots;
use rbac::{Snapshot, SnapshotCache};

use crate::{KeyCache, LiveSettings};

/// What one node knows by heart: snapshots, settings, and the sessions that ended while their access tokens still live. Signals
/// keep it current; while it hears none it asks the database.
pub struct Node {
    snapshots: SnapshotCache,
    ended: RwLock<HashMap<SessionId, Time>>,
    sessions: Arc<dyn Sessions>,
    settings: LiveSettings,
    /// The keys and tokens in use.
    pub keys: KeyCache,
    clock: Arc<dyn Clock>,
    freshness: Freshness,
}

impl Node {
    /// A node that has heard nothing yet.
    #[must_use]
    pub fn new(
        snapshots: SnapshotCache,
        sessions: Arc<dyn Sessions>,
        settings: LiveSettings,
        keys: KeyCache,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { snapshots, ended: RwLock::default(), sessions, settings, keys, clock, freshness: Freshness::default() }
    }

    /// The key that is presented, and why it is not good at `at` where it is not.
    pub async fn key(&self, presented: &str, at: Time) -> Result<Option<(Arc<Key>, Option<&'static str>)>, Fault> {
        let Some(hash) = self.keys.read(presented) else { return Ok(None) };
        let key = if self.hears() { self.keys.get(&hash).await? } else { self.keys.certain(&hash).await? };
        Ok(match key {
            Some(key) => {
                let refused = key.refusal(&hash, at);
                Some((key, refused))
            }
            None => self.keys.former(&hash).map(|it| (it, Some("gone"))),
        })
    }

    /// The organization's snapshot; `None` for unknown and deleted organizations.
    pub async fn snapshot(&self, organization: OrganizationId) -> Result<Option<Arc<Snapshot>>, Fault> {
        if self.hears() { self.snapshots.get(organization).await } else { self.certain_snapshot(organization).await }
    }

    /// As [`Node::snapshot`], with the database asked whether it still holds.
    pub async fn certain_snapshot(&self, organization: OrganizationId) -> Result<Option<Arc<Snapshot>>, Fault> {
        self.snapshots.get_certain(organization).await
    }

    /// Whether the session has not ended.
    pub async fn is_live(&self, session: SessionId) -> Result<bool, Fault> {
        if self.hears() {
            return Ok(!self.ended.read().unwrap_or_else(PoisonError::into_inner).contains_key(&session));
        }
        Ok(self.sessions.by_id(session).await?.is_some_and(|it| it.ended_at.is_none()))
    }

    /// What is kept in memory, with how often it was there and how often not.
    #[must_use]
    pub fn lookups(&self) -> [(&'static str, (u64, u64)); 2] {
        [("snapshots", self.snapshots.lookups()), ("keys", self.keys.lookups())]
    }

    /// Whether what it knows by heart may be believed.
    #[must_use]
    pub fn hears(&self) -> bool {
        self.freshness.holds(self.clock.now())
    }

    /// Sessions that ended, each with the moment until which it must be remembered.
    fn end(&self, ended: impl IntoIterator<Item = (SessionId, Time)>) {
        let now = self.clock.now();
        let mut known = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, until| *until > now);
        known.extend(ended);
    }
}

#[async_trait]
impl Snapshots for Node {
    async fn current(&self, organization: OrganizationId) -> Result<Option<Arc<Snapshot>>, Fault> {
        self.snapshot(organization).await
    }
}

#[async_trait]
impl CurrentSettings for Node {
    async fn current(&self) -> Result<Arc<Settings>, Fault> {
        if self.hears() { self.settings.get().await } else { self.settings.read().await }
    }
}

#[async_trait]
impl SignalSink for Node {
    fn receive(&self, signal: &Signal) {
        match signal {
            Signal::SessionEnded { session, until } => self.end([(*session, *until)]),
            Signal::Settings => self.settings.forget(),
            Signal::KeyChanged { key } => self.keys.forget(*key),
            Signal::UserBlocked { user } => self.keys.forget_of(*user),
            Signal::Authorization { organization, version, touched } => {
                self.snapshots.heard(*organization, *version, touched.as_deref());
            }
        }
    }

    async fn listening(&self) -> Result<(), Fault> {
        self.snapshots.forget_all();
        self.settings.forget();
        self.keys.forget_all();
        let ended = self.sessions.ended(self.clock.now()).await?;
        self.end(ended);
        Ok(())
    }

    fn alive(&self) {
        self.freshness.heard(self.clock.now());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use chrono::TimeDelta;
    use identity::ports::{MockKeys, MockSessions};
    use identity::testing::session;
    use identity::{KeyOwner, Scopes, Session};
    use kernel::testing::{NOON, nth};
    use rbac::Facts;

    use super::*;
    use crate::testing::{ACME, JOHN, JOHNS_SESSION, facts, key, keys, keys_there, settings, snapshots};

    const DAY: TimeDelta = TimeDelta::hours(24);

    /// A clock that is set by hand.
    #[derive(Default)]
    struct Wound(AtomicI64);

    impl Wound {
        fn pass(&self, time: TimeDelta) {
            self.0.fetch_add(time.num_milliseconds(), Ordering::SeqCst);
        }
    }

    impl Clock for Wound {
        fn now(&self) -> Time {
            NOON + TimeDelta::milliseconds(self.0.load(Ordering::SeqCst))
        }
    }

    fn at_version(version: i64) -> Facts {
        Facts { version, ..facts(vec![]) }
    }

    fn node(states: Vec<Facts>, sessions: MockSessions) -> (Arc<Wound>, Node) {
        node_with(states, sessions, MockKeys::new())
    }

    fn node_with(states: Vec<Facts>, sessions: MockSessions, there: MockKeys) -> (Arc<Wound>, Node) {
        let clock: Arc<Wound> = Arc::default();
        let node =
            Node::new(snapshots(states), Arc::new(sessions), settings(), keys(there), Arc::<Wound>::clone(&clock));
        (clock, node)
    }

    fn ended(ended_at: Option<Time>) -> Session {
        Session { ended_at, ..session(nth(JOHNS_SESSION), nth(JOHN)) }
    }

    /// The database says this of the session, so often.
    fn sessions(found: Option<Session>, times: usize) -> MockSessions {
        let mut sessions = MockSessions::new();
        sessions.expect_by_id().times(times).returning(move |_| Ok(found.clone()));
        sessions
    }

    async fn is_live(node: &Node) -> bool {
        node.is_live(nth(JOHNS_SESSION)).await.unwrap()
    }

    async fn version(node: &Node) -> i64 {
        node.snapshot(nth(ACME)).await.unwrap().unwrap().version()
    }

    #[tokio::test]
    async fn a_node_that_hears_nothing_asks_the_database() {
        for (found, expected) in [(Some(ended(None)), true), (Some(ended(Some(NOON))), false), (None, false)] {
            let (_, node) = node(vec![at_version(1)], sessions(found, 1));
            assert!(!node.hears());
            assert_eq!(is_live(&node).await, expected);
        }
    }

    #[tokio::test]
    async fn a_node_that_hears_knows_by_heart() {
        let (_, node) = node(vec![at_version(1)], sessions(None, 0));
        node.alive();
        assert!(node.hears() && is_live(&node).await);
        node.receive(&Signal::SessionEnded { session: nth(52), until: NOON + DAY });
        assert!(is_live(&node).await);
        node.receive(&Signal::SessionEnded { session: nth(JOHNS_SESSION), until: NOON + DAY });
        assert!(!is_live(&node).await);
    }

    #[tokio::test]
    async fn two_silent_seconds_make_it_ask_again() {
        let (clock, node) = node(vec![at_version(1)], sessions(Some(ended(Some(NOON))), 1));
        node.alive();
        clock.pass(TimeDelta::milliseconds(1_999));
        assert!(is_live(&node).await);
        clock.pass(TimeDelta::milliseconds(1));
        assert!(!is_live(&node).await);
        node.alive();
        assert!(node.hears());
    }

    #[tokio::test]
    async fn snapshots_follow_what_is_heard() {
        let (_, node) = node(vec![at_version(1), at_version(2), at_version(3)], MockSessions::new());
        node.alive();
        assert_eq!((version(&node).await, version(&node).await), (1, 1));
        node.receive(&Signal::Authorization { organization: nth(ACME), version: 2, touched: None });
        assert_eq!((version(&node).await, version(&node).await), (2, 2));
        assert!(node.snapshot(nth(61)).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_deaf_node_asks_whether_its_snapshot_still_holds() {
        let (clock, node) = node(vec![at_version(1), at_version(2)], MockSessions::new());
        node.alive();
        assert_eq!(version(&node).await, 1);
        clock.pass(TimeDelta::seconds(2));
        assert_eq!(version(&node).await, 2);
    }

    #[tokio::test]
    async fn certainty_can_be_asked_for() {
        let (_, node) = node(vec![at_version(1), at_version(2)], MockSessions::new());
        node.alive();
        assert_eq!(version(&node).await, 1);
        assert_eq!(node.certain_snapshot(nth(ACME)).await.unwrap().unwrap().version(), 2);
        assert_eq!(version(&node).await, 2);
    }

    #[tokio::test]
    async fn whoever_begins_to_listen_forgets_and_learns_what_was_missed() {
        let mut sessions = MockSessions::new();
        sessions
            .expect_ended()
            .times(1)
            .withf(|at| *at == NOON)
            .returning(|_| Ok(vec![(nth(JOHNS_SESSION), NOON + DAY)]));
        let (_, node) = node(vec![at_version(1), at_version(2)], sessions);
        node.alive();
        assert_eq!(version(&node).await, 1);
        node.listening().await.unwrap();
        assert_eq!(version(&node).await, 2);
        assert!(!is_live(&node).await);
    }

    /// The database answers with John's key, so often.
    fn johns_key(times: usize) -> (MockKeys, String) {
        let (key, text) = key(7, KeyOwner::User(nth(JOHN)), Scopes::Admin);
        let mut keys = MockKeys::new();
        keys.expect_by_hash().times(times).returning(move |_| Ok(Some(key.clone())));
        (keys, text)
    }

    #[tokio::test]
    async fn a_node_that_hears_knows_keys_by_heart_until_it_hears_of_them() {
        for (signal, asked) in [
            (Signal::KeyChanged { key: nth(7) }, 2),
            (Signal::UserBlocked { user: nth(JOHN) }, 2),
            (Signal::KeyChanged { key: nth(8) }, 1),
            (Signal::UserBlocked { user: nth(99) }, 1),
            (Signal::Settings, 1),
        ] {
            let (there, text) = johns_key(asked);
            let (_, node) = node_with(vec![at_version(1)], MockSessions::new(), there);
            node.alive();
            for _ in 0..3 {
                assert!(node.key(&text, NOON).await.unwrap().is_some());
            }
            node.receive(&signal);
            assert!(node.key(&text, NOON).await.unwrap().is_some_and(|it| it.1.is_none()));
        }
    }

    #[tokio::test]
    async fn a_deaf_node_asks_for_the_key_each_time_and_what_is_no_key_costs_no_query() {
        let (there, text) = johns_key(3);
        let (_, node) = node_with(vec![at_version(1)], MockSessions::new(), there);
        assert!(!node.hears());
        for _ in 0..3 {
            assert!(node.key(&text, NOON).await.unwrap().is_some());
        }
        for mistyped in ["hbx_", &text[1..], &format!("{text}0"), "eyJ.e30.x"] {
            assert!(node.key(mistyped, NOON).await.unwrap().is_none());
        }
    }

    #[tokio::test]
    async fn whoever_begins_to_listen_forgets_keys_too() {
        let (there, text) = johns_key(2);
        let mut sessions = MockSessions::new();
        sessions.expect_ended().returning(|_| Ok(vec![]));
        let (_, node) = node_with(vec![at_version(1)], sessions, there);
        node.alive();
        assert!(node.key(&text, NOON).await.unwrap().is_some());
        node.listening().await.unwrap();
        assert!(node.key(&text, NOON).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn what_is_known_by_heart_expires_all_the_same() {
        let (key, text) = key(7, KeyOwner::User(nth(JOHN)), Scopes::Admin);
        let expiring = Key { expires_at: Some(NOON + DAY), ..key };
        let (_, node) = node_with(vec![at_version(1)], MockSessions::new(), keys_there(vec![expiring]));
        node.alive();
        assert!(node.key(&text, NOON).await.unwrap().is_some());
        assert_eq!(node.key(&text, NOON + DAY).await.unwrap().map(|it| it.1), Some(Some("expired")));
    }

    #[tokio::test]
    async fn an_ended_session_is_forgotten_with_its_last_token() {
        let (clock, node) = node(vec![at_version(1)], MockSessions::new());
        let known = || node.ended.read().unwrap().len();
        let end = |n| node.receive(&Signal::SessionEnded { session: nth(n), until: clock.now() + DAY });
        end(1);
        clock.pass(DAY - TimeDelta::milliseconds(1));
        end(2);
        assert_eq!(known(), 2);
        clock.pass(TimeDelta::milliseconds(1));
        end(3);
        assert_eq!(known(), 2);
    }
}
