use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use arc_swap::ArcSwapOption;
use kernel::{Fault, OrganizationId};
use tokio::sync::Mutex;

use crate::Snapshot;
use crate::ports::Authorizations;

/// The snapshots of many organizations, each loaded on first use and again when a newer version is heard of.
pub struct SnapshotCache {
    facts: Arc<dyn Authorizations>,
    slots: RwLock<HashMap<OrganizationId, Arc<Slot>>>,
    most: usize,
}

#[derive(Default)]
struct Slot {
    snapshot: ArcSwapOption<Snapshot>,
    /// The newest version heard of; anything older must not be answered.
    newest: AtomicI64,
    /// One load at a time; the others wait and find it done.
    loading: Mutex<()>,
}

impl Slot {
    fn current(&self) -> Option<Arc<Snapshot>> {
        self.snapshot.load_full().filter(|it| it.version() >= self.newest.load(Ordering::Acquire))
    }
}

impl SnapshotCache {
    /// Of at most `most` organizations at a time.
    #[must_use]
    pub fn new(facts: Arc<dyn Authorizations>, most: usize) -> Self {
        Self { facts, slots: RwLock::default(), most }
    }

    /// The organization's snapshot, as new as anything heard; `None` for unknown and deleted organizations.
    pub async fn get(&self, organization: OrganizationId) -> Result<Option<Arc<Snapshot>>, Fault> {
        let slot = self.slot(organization);
        if let Some(snapshot) = slot.current() {
            return Ok(Some(snapshot));
        }
        let _one = slot.loading.lock().await;
        // A change may be heard of while its predecessor is loaded.
        for _ in 0..3 {
            if let Some(snapshot) = slot.current() {
                return Ok(Some(snapshot));
            }
            let Some(facts) = self.facts.load(organization).await? else {
                self.forget(organization);
                return Ok(None);
            };
            slot.snapshot.store(Some(Arc::new(Snapshot::build(facts))));
        }
        Ok(slot.snapshot.load_full())
    }

    /// As [`SnapshotCache::get`], certain: the database is asked whether it still holds.
    pub async fn get_certain(&self, organization: OrganizationId) -> Result<Option<Arc<Snapshot>>, Fault> {
        let Some(version) = self.facts.version(organization).await? else {
            self.forget(organization);
            return Ok(None);
        };
        self.heard(organization, version);
        self.get(organization).await
    }

    /// A version was heard of; what is older is not answered any more. Late and repeated news change nothing.
    pub fn heard(&self, organization: OrganizationId, version: i64) {
        let slot = self.slots.read().unwrap_or_else(PoisonError::into_inner).get(&organization).cloned();
        if let Some(slot) = slot {
            slot.newest.fetch_max(version, Ordering::AcqRel);
        }
    }

    /// News may have been missed: everything is loaded anew.
    pub fn forget_all(&self) {
        self.slots.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn forget(&self, organization: OrganizationId) {
        self.slots.write().unwrap_or_else(PoisonError::into_inner).remove(&organization);
    }

    fn slot(&self, organization: OrganizationId) -> Arc<Slot> {
        if let Some(slot) = self.slots.read().unwrap_or_else(PoisonError::into_inner).get(&organization) {
            return Arc::clone(slot);
        }
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= self.most
            && !slots.contains_key(&organization)
            && let Some(&victim) = slots.keys().next()
        {
            slots.remove(&victim);
        }
        Arc::clone(slots.entry(organization).or_default())
    }
}

#[cfg(test)]
mod tests;
