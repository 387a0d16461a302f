use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

use arc_swap::ArcSwapOption;
use kernel::{Fault, OrganizationId, Tally, Touched};
use news::News;
use tokio::sync::Mutex;

use crate::ports::Authorizations;
use crate::{Snapshot, Vocabularies};

mod news;

/// The snapshots of many organizations, each loaded on first use. When a newer version is heard of, only what is said to be
/// another is read anew; where that is not known, everything is.
pub struct SnapshotCache {
    facts: Arc<dyn Authorizations>,
    vocabularies: Vocabularies,
    slots: RwLock<Slots>,
    most: usize,
    lookups: Tally,
}

/// Only what was loaded takes a place: an organization that does not exist drives none out.
#[derive(Default)]
struct Slots {
    kept: HashMap<OrganizationId, Arc<Slot>>,
    /// Being loaded for the first time; whoever loads holds it. News reach it all the same.
    begun: HashMap<OrganizationId, Weak<Slot>>,
    /// What all that is kept weighs.
    weight: usize,
}

impl Slots {
    fn find(&self, organization: OrganizationId) -> Option<Arc<Slot>> {
        let kept = self.kept.get(&organization).cloned();
        kept.or_else(|| self.begun.get(&organization)?.upgrade())
    }

    fn forget(&mut self, organization: OrganizationId) {
        if let Some(slot) = self.kept.remove(&organization) {
            self.weight -= slot.weight.load(Ordering::Relaxed);
        }
        self.begun.remove(&organization);
    }
}

#[derive(Default)]
struct Slot {
    snapshot: ArcSwapOption<Snapshot>,
    /// The newest version heard of; anything older must not be answered.
    newest: AtomicI64,
    /// What was said of the versions since.
    news: std::sync::Mutex<News>,
    /// As counted among what is kept.
    weight: AtomicUsize,
    /// One load at a time; the others wait and find it done.
    loading: Mutex<()>,
}

impl Slot {
    fn current(&self) -> Option<Arc<Snapshot>> {
        self.snapshot.load_full().filter(|it| it.version() >= self.newest.load(Ordering::Acquire))
    }

    fn news(&self) -> std::sync::MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SnapshotCache {
    /// Of as many organizations at a time as weigh `most` together ([`Snapshot::weight`]). What makes room for another is any
    /// one, and loaded again when it is asked for.
    #[must_use]
    pub fn new(facts: Arc<dyn Authorizations>, most: usize) -> Self {
        Self { facts, vocabularies: Vocabularies::default(), slots: RwLock::default(), most, lookups: Tally::default() }
    }

    /// The organization's snapshot, as new as anything heard; `None` for unknown and deleted organizations.
    pub async fn get(&self, organization: OrganizationId) -> Result<Option<Arc<Snapshot>>, Fault> {
        let slot = self.slot(organization);
        let known = slot.current();
        self.lookups.count(known.is_some());
        if known.is_some() {
            return Ok(known);
        }
        let _one = slot.loading.lock().await;
        // A change may be heard of while its predecessor is loaded.
        for _ in 0..3 {
            if let Some(snapshot) = slot.current() {
                return Ok(Some(snapshot));
            }
            let Some(snapshot) = self.load(organization, &slot).await? else {
                self.write().forget(organization);
                return Ok(None);
            };
            slot.news().forget_until(snapshot.version());
            let weight = snapshot.weight();
            slot.snapshot.store(Some(Arc::new(snapshot)));
            self.keep(organization, &slot, weight);
        }
        Ok(slot.snapshot.load_full())
    }

    /// What is another since the last time, where that is known; else everything.
    async fn load(&self, organization: OrganizationId, slot: &Slot) -> Result<Option<Snapshot>, Fault> {
        if let Some(old) = slot.snapshot.load_full() {
            let newest = slot.newest.load(Ordering::Acquire);
            let gap = slot.news().between(old.version(), newest);
            if let Some(gap) = gap {
                match self.facts.delta(organization, &gap.members, gap.rules).await? {
                    Some(delta) if delta.version == newest => return Ok(Some(old.with(delta, &self.vocabularies))),
                    // Something happened meanwhile that was not asked for.
                    Some(_) => {}
                    None => return Ok(None),
                }
            }
        }
        let facts = self.facts.load(organization).await?;
        Ok(facts.map(|it| Snapshot::build_sharing(it, &self.vocabularies)))
    }

    /// How often a snapshot was there, and how often it had to be loaded.
    #[must_use]
    pub fn lookups(&self) -> (u64, u64) {
        self.lookups.read()
    }

    /// As [`SnapshotCache::get`], certain: the database is asked whether it still holds.
    pub async fn get_certain(&self, organization: OrganizationId) -> Result<Option<Arc<Snapshot>>, Fault> {
        let Some(version) = self.facts.version(organization).await? else {
            self.write().forget(organization);
            return Ok(None);
        };
        self.heard(organization, version, None);
        self.get(organization).await
    }

    /// A version was heard of, and what is another than at the version before; what is older is not answered any more. Late
    /// and repeated news change nothing.
    pub fn heard(&self, organization: OrganizationId, version: i64, touched: Option<&[Touched]>) {
        if let Some(slot) = self.read().find(organization) {
            if let Some(touched) = touched {
                slot.news().hear(version, touched);
            }
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

    /// Gives a slot its place, unless it was forgotten while it was loaded; others make room.
    fn keep(&self, organization: OrganizationId, slot: &Arc<Slot>, weight: usize) {
        let mut slots = self.write();
        let is_kept = slots.kept.get(&organization).is_some_and(|it| Arc::ptr_eq(it, slot));
        let is_begun = slots.begun.get(&organization).is_some_and(|it| it.as_ptr() == Arc::as_ptr(slot));
        if !is_kept && !is_begun {
            return;
        }
        if is_begun {
            slots.begun.remove(&organization);
            slots.kept.insert(organization, Arc::clone(slot));
        }
        slots.weight = slots.weight + weight - slot.weight.swap(weight, Ordering::Relaxed);
        while slots.weight > self.most
            && let Some(&victim) = slots.kept.keys().find(|it| **it != organization)
        {
            slots.forget(victim);
        }
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
