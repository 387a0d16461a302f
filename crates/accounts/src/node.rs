use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use chrono::TimeDelta;
use identity::ports::Sessions;
use kernel::{Clock, Fault, Freshness, OrganizationId, SessionId, Signal, SignalSink, Time};
use rbac::{Snapshot, SnapshotCache};

/// What one node knows by heart: snapshots, and the sessions that ended while their access tokens still live. Signals
/// keep it current; while it hears none it asks the database.
pub struct Node {
    snapshots: SnapshotCache,
    ended: RwLock<HashMap<SessionId, Time>>,
    sessions: Arc<dyn Sessions>,
    clock: Arc<dyn Clock>,
    freshness: Freshness,
    longest_access: TimeDelta,
}

impl Node {
    /// A node that has heard nothing yet. `longest_access` is how long an ended session's access tokens could live.
    #[must_use]
    pub fn new(
        snapshots: SnapshotCache,
        sessions: Arc<dyn Sessions>,
        clock: Arc<dyn Clock>,
        longest_access: TimeDelta,
    ) -> Self {
        Self { snapshots, ended: RwLock::default(), sessions, clock, freshness: Freshness::default(), longest_access }
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

    /// Whether what it knows by heart may be believed.
    #[must_use]
    pub fn hears(&self) -> bool {
        self.freshness.holds(self.clock.now())
    }

    fn end(&self, ended: impl IntoIterator<Item = (SessionId, Time)>) {
        let forgotten = self.clock.now() - self.longest_access;
        let mut known = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, at| *at > forgotten);
        known.extend(ended);
    }
}

#[async_trait]
impl SignalSink for Node {
    fn receive(&self, signal: &Signal) {
        match signal {
            Signal::SessionEnded { session, at } => self.end([(*session, *at)]),
            Signal::Authorization { organization, version } => self.snapshots.heard(*organization, *version),
        }
    }

    async fn listening(&self) -> Result<(), Fault> {
        self.snapshots.forget_all();
        let ended = self.sessions.ended_since(self.clock.now() - self.longest_access).await?;
        self.end(ended);
        Ok(())
    }

    fn alive(&self) {
        self.freshness.heard(self.clock.now());
    }
}
