use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Up to how many seconds a bucket reaches; the last bucket has no end.
pub(super) const BOUNDS: [f64; 11] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// What has no route, whatever was asked for: else anybody could make as many labels as they like.
const UNKNOWN: &str = "unknown";

/// What requests came to, by method and route.
#[derive(Default)]
pub struct Traffic {
    routes: Mutex<BTreeMap<(String, &'static str), Series>>,
    begun: AtomicU64,
    ended: AtomicU64,
    abandoned: AtomicU64,
}

/// Of one method of one route.
#[derive(Clone, Default)]
pub(super) struct Series {
    pub by_status: BTreeMap<u16, u64>,
    /// Each counts its own alone.
    pub buckets: [u64; BOUNDS.len() + 1],
    pub seconds: f64,
}

impl Traffic {
    /// A request comes in.
    pub(crate) fn begin(&self) -> UnderWay<'_> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        UnderWay { traffic: self, is_answered: false }
    }

    fn add(&self, method: &'static str, route: String, status: u16, took: Duration) {
        let mut routes = self.lock();
        let series = routes.entry((route, method)).or_default();
        *series.by_status.entry(status).or_default() += 1;
        let seconds = took.as_secs_f64();
        series.seconds += seconds;
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        series.buckets[bucket] += 1;
    }

    pub(super) fn series(&self) -> BTreeMap<(String, &'static str), Series> {
        self.lock().clone()
    }

    pub(super) fn under_way(&self) -> u64 {
        let ended = self.ended.load(Ordering::Relaxed);
        self.begun.load(Ordering::Relaxed).saturating_sub(ended)
    }

    pub(super) fn abandoned(&self) -> u64 {
        self.abandoned.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(String, &'static str), Series>> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is not answered yet.
pub struct UnderWay<'a> {
    traffic: &'a Traffic,
    is_answered: bool,
}

impl UnderWay<'_> {
    /// So it was answered.
    pub fn answered(mut self, method: &'static str, route: Option<String>, status: u16, took: Duration) {
        self.is_answered = true;
        self.traffic.add(method, route.unwrap_or_else(|| UNKNOWN.to_owned()), status, took);
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.traffic.ended.fetch_add(1, Ordering::Relaxed);
        if !self.is_answered {
            self.traffic.abandoned.fetch_add(1, Ordering::Relaxed);
            tracing::debug!(target: "request", "its client went away");
        }
    }
}
