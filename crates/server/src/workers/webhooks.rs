use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use kernel::{Clock, Fault, OrganizationId, WebhookId};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tracing::warn;
use webhooks::Deliver;
use webhooks::ports::{Relay, Wanted};

use super::IDLE;

/// Makes deliveries of events: after a run that failed of half as many at a time, so that what is too much for one run is not
/// in the way for good.
#[derive(Clone)]
pub struct Relaying {
    relay: Arc<dyn Relay>,
    clock: Arc<dyn Clock>,
    most: Arc<AtomicU16>,
}

impl Relaying {
    const MOST: u16 = 100;

    pub fn new(relay: Arc<dyn Relay>, clock: Arc<dyn Clock>) -> Self {
        Self { relay, clock, most: Arc::new(AtomicU16::new(Self::MOST)) }
    }
}

/// Answers whether there was something to do.
pub async fn relay(relaying: Relaying) -> Result<bool, Fault> {
    let most = relaying.most.load(Ordering::Relaxed);
    let relayed = relaying.relay.relay(relaying.clock.now(), most).await;
    let next = if relayed.is_ok() { (most * 2).min(Relaying::MOST) } else { (most / 2).max(1) };
    relaying.most.store(next, Ordering::Relaxed);
    Ok(relayed? > 0)
}

/// Places in which one node tries deliveries. What fails has places of its own: nobody who takes what they are sent waits for
/// somebody who does not.
#[derive(Clone)]
pub struct Lane {
    /// For endpoints that took nothing at the last try, or for all others.
    failing: bool,
    places: Arc<Semaphore>,
    all: u32,
    endpoint: u16,
    organization: u16,
    under_way: Arc<UnderWay>,
}

/// How many tries are under way, and word of each that ends.
#[derive(Default)]
struct UnderWay {
    endpoints: Mutex<HashMap<WebhookId, u16>>,
    organizations: Mutex<HashMap<OrganizationId, u16>>,
    ended: Notify,
}

impl Lane {
    /// For who takes what they are sent: an organization whose endpoints all begin to hang holds an eighth of the places,
    /// once.
    pub fn of_healthy() -> Self {
        Self::new(false, 256, 8, 32)
    }

    /// For who does not: one at a time.
    pub fn of_failing() -> Self {
        Self::new(true, 128, 1, 8)
    }

    fn new(failing: bool, all: u16, endpoint: u16, organization: u16) -> Self {
        let places = Arc::new(Semaphore::new(all.into()));
        Self { failing, places, all: all.into(), endpoint, organization, under_way: Arc::default() }
    }

    /// Waits until nothing is under way.
    pub async fn finished(&self) {
        drop(self.places.acquire_many(self.all).await);
    }

    fn wanted(&self) -> Wanted {
        let free = u16::try_from(self.places.available_permits()).unwrap_or(u16::MAX);
        Wanted {
            most: free,
            failing: self.failing,
            of_endpoint: self.endpoint,
            of_organization: self.organization,
            endpoints: counted(&self.under_way.endpoints),
            organizations: counted(&self.under_way.organizations),
        }
    }

    fn begin(&self, endpoint: WebhookId, organization: OrganizationId, place: OwnedSemaphorePermit) -> Try {
        add(&self.under_way.endpoints, endpoint);
        add(&self.under_way.organizations, organization);
        Try { under_way: Arc::clone(&self.under_way), endpoint, organization, _place: place }
    }
}

/// One that is under way, until it is dropped.
struct Try {
    under_way: Arc<UnderWay>,
    endpoint: WebhookId,
    organization: OrganizationId,
    _place: OwnedSemaphorePermit,
}

impl Drop for Try {
    fn drop(&mut self) {
        remove(&self.under_way.endpoints, &self.endpoint);
        remove(&self.under_way.organizations, &self.organization);
        self.under_way.ended.notify_one();
    }
}

fn add<K: Eq + Hash>(counts: &Mutex<HashMap<K, u16>>, key: K) {
    *counts.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
}

fn remove<K: Eq + Hash>(counts: &Mutex<HashMap<K, u16>>, key: &K) {
    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

fn counted<K: Eq + Hash + Copy>(counts: &Mutex<HashMap<K, u16>>) -> Vec<(K, u16)> {
    counts.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|(key, count)| (*key, *count)).collect()
}

/// Tries what is due, as many at once as there are places: a slow receiver holds some of them, not the worker.
pub async fn deliveries(deliver: Deliver, lane: Lane) -> Result<bool, Fault> {
    let wanted = lane.wanted();
    let due = if wanted.most == 0 { Vec::new() } else { deliver.claim(&wanted).await? };
    if due.is_empty() {
        let is_idle = lane.places.available_permits() == usize::try_from(lane.all).unwrap_or(usize::MAX);
        if !is_idle {
            // What is due may wait for one that is under way.
            timeout(IDLE, lane.under_way.ended.notified()).await.ok();
        }
        return Ok(!is_idle);
    }
    for due in due {
        let Ok(place) = Arc::clone(&lane.places).acquire_owned().await else { return Ok(false) };
        let (deliver, one) = (deliver.clone(), lane.begin(due.webhook, due.message.organization, place));
        tokio::spawn(async move {
            if let Err(fault) = deliver.attempt(due).await {
                warn!(error = %crate::command::chain(&fault), "a delivery could not be settled and comes again");
            }
            drop(one);
        });
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;
    use std::str::FromStr;

    use adapter_crypto::SystemClock;
    use async_trait::async_trait;
    use kernel::Time;

    use super::*;

    fn nth<I: FromStr<Err: Debug>>(n: u32) -> I {
        format!("00000000-0000-0000-0000-{n:012}").parse().unwrap()
    }

    /// So many tries, each to an endpoint of its own or all to one, of one organization.
    fn begin(lane: &Lane, endpoints: impl Iterator<Item = u32>) -> Vec<Try> {
        let place = || Arc::clone(&lane.places).try_acquire_owned().unwrap();
        endpoints.map(|n| lane.begin(nth(n), nth(60), place())).collect()
    }

    #[test]
    fn what_is_under_way_is_counted_until_it_ends() {
        for (lane, all, of_endpoint, of_organization) in
            [(Lane::of_healthy(), 256, 8, 32), (Lane::of_failing(), 128, 1, 8)]
        {
            let hanging = begin(&lane, [1, 1, 2].into_iter());
            let wanted = lane.wanted();
            assert_eq!(
                (wanted.of_endpoint, wanted.of_organization, wanted.most),
                (of_endpoint, of_organization, all - 3)
            );
            let endpoints: HashMap<_, _> = wanted.endpoints.into_iter().collect();
            assert_eq!(endpoints, HashMap::from([(nth(1), 2), (nth(2), 1)]));
            assert_eq!(wanted.organizations, [(nth(60), 3)]);
            drop(hanging);
            let wanted = lane.wanted();
            assert_eq!((wanted.endpoints, wanted.organizations, wanted.most), (vec![], vec![], all));
            assert!(u32::from(of_organization) * 8 <= lane.all, "it takes many that hang to hold up the others");
        }
    }

    /// A database for which more than so many are too much.
    struct Weak(u16);

    #[async_trait]
    impl Relay for Weak {
        async fn relay(&self, _: Time, most: u16) -> Result<usize, Fault> {
            if most <= self.0 { Ok(most.into()) } else { Err(Fault::defect(most.to_string())) }
        }
    }

    #[tokio::test]
    async fn what_is_too_much_for_one_run_is_done_in_several() {
        let run = async |bearable, runs| {
            let relaying = Relaying::new(Arc::new(Weak(bearable)), Arc::new(SystemClock));
            let mut done = Vec::new();
            for _ in 0..runs {
                let most = relaying.most.load(Ordering::Relaxed);
                done.push((most, relay(relaying.clone()).await.is_ok()));
            }
            done
        };
        assert_eq!(run(100, 2).await, [(100, true), (100, true)]);
        assert_eq!(run(30, 5).await, [(100, false), (50, false), (25, true), (50, false), (25, true)]);
        let of_one = run(1, 9).await;
        assert_eq!(of_one[6..], [(1, true), (2, false), (1, true)]);
    }
}
