use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

use arc_swap::ArcSwapOption;
use kernel::{Fault, OrganizationId};
use tokio::sync::Mutex;

use crate::Snapshot;
use crate::ports::Authorizations;

/// The snapshots of many organizations, each loaded on first use and again when a newer version is heard of.
pub struct SnapshotCache {
    facts: Arc<dyn Authorizations>,
    slots: RwLock<Slots>,
    most: usize,
}

/// Only what was loaded takes a place: an organization that does not exist drives none out.
#[derive(Default)]
struct Slots {
    kept: HashMap<OrganizationId, Arc<Slot>>,
    /// Being loaded for the first time; whoever loads holds it. News reach it all the same.
    begun: HashMap<OrganizationId, Weak<Slot>>,
}

impl Slots {
    fn find(&self, organization: OrganizationId) -> Option<Arc<Slot>> {
        let kept = self.kept.get(&organization).cloned();
        kept.or_else(|| self.begun.get(&organization)?.upgrade())
    }

    fn forget(&mut self, organization: OrganizationId) {
        self.kept.remove(&organization);
        self.begun.remove(&organization);
    }
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
                self.write().forget(organization);
                return Ok(None);
            };
            slot.snapshot.store(Some(Arc::new(Snapshot::build(facts))));
            self.keep(organization, &slot);
        }
        Ok(slot.snapshot.load_full())
    }

    /// As [`SnapshotCache::get`], certain: the database is asked whether it still holds.
    pub async fn get_certain(&self, organization: OrganizationId) -> Result<Option<Arc<Snapshot>>, Fault> {
        let Some(version) = self.facts.version(organization).await? else {
            self.write().forget(organization);
            return Ok(None);
        };
        self.heard(organization, version);
        self.get(organization).await
    }

    /// A version was heard of; what is older is not answered any more. Late and repeated news change nothing.
    pub fn heard(&self, organization: OrganizationId, version: i64) {
        if let Some(slot) = self.read().find(organization) {
            slot.newest.fetch_max(version, Ordering::AcqRel);
        }
    }

    /// News may have been missed: everything is loaded anew.
    pub fn forget_all(&self) {
        *self.write() = Slots::default();
    }

    fn slot(&self, organization: OrganizationId) -> Arc<Slot> {
        if let Some(slot) = self.read().find(organization) {
            return slot;
        }
        let mut slots = self.write();
        if let Some(slot) = slots.find(organization) {
            return slot;
        }
        slots.begun.retain(|_, slot| slot.strong_count() > 0);
        let slot = Arc::default();
        slots.begun.insert(organization, Arc::downgrade(&slot));
        slot
    }

    /// Gives a slot its place, unless it was forgotten while it was loaded.
    fn keep(&self, organization: OrganizationId, slot: &Arc<Slot>) {
        let mut slots = self.write();
        let begun = slots.begun.get(&organization).is_some_and(|it| it.as_ptr() == Arc::as_ptr(slot));
        if !begun {
            return;
        }
        if slots.kept.len() >= self.most
            && let Some(&victim) = slots.kept.keys().next()
        {
            slots.kept.remove(&victim);
        }
        slots.begun.remove(&organization);
        slots.kept.insert(organization, Arc::clone(slot));
    }

    fn read(&self) -> RwLockReadGuard<'_, Slots> {
        self.slots.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Slots> {
        self.slots.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
