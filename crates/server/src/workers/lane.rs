use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use kernel::{OrganizationId, WebhookId};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use webhooks::ports::{Due, Held, Wanted};
use webhooks::{FIRST_PLACES, places};

use super::IDLE;

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
    endpoints: Mutex<HashMap<WebhookId, Known>>,
    organizations: Mutex<HashMap<OrganizationId, u16>>,
    ended: Notify,
}

/// What is known of an endpoint.
struct Known {
    /// Its tries that are under way, the first first.
    tries: Vec<u64>,
    /// How many there may be.
    places: u16,
    /// How many there were.
    begun: u64,
}

impl Known {
    const fn new() -> Self {
        Self { tries: Vec::new(), places: FIRST_PLACES, begun: 0 }
    }

    fn held(&self, webhook: WebhookId) -> Held {
        Held { webhook, under_way: u16::try_from(self.tries.len()).unwrap_or(u16::MAX), places: self.places }
    }

    fn begin(&mut self) -> u64 {
        self.begun += 1;
        self.tries.push(self.begun);
        self.begun
    }

    fn end(&mut self, one: u64, took: Option<TimeDelta>, most: u16) {
        let overtook = self.tries.first().is_some_and(|it| *it < one);
        self.tries.retain(|it| *it != one);
        self.places = places(self.places, took, overtook, most);
    }

    fn is_new(&self) -> bool {
        self.tries.is_empty() && self.places == FIRST_PLACES
    }
}

impl Lane {
    /// For who takes what they are sent. An organization holds an eighth of the places, and that only with as many endpoints
    /// that hang at once: each has one until it takes something.
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

    /// Whether nothing is.
    pub fn is_idle(&self) -> bool {
        self.places.available_permits() == usize::try_from(self.all).unwrap_or(usize::MAX)
    }

    /// Waits until one has ended, and not for long.
    pub async fn one_ended(&self) {
        timeout(IDLE, self.under_way.ended.notified()).await.ok();
    }

    /// What there is room for.
    pub fn wanted(&self) -> Wanted {
        let free = u16::try_from(self.places.available_permits()).unwrap_or(u16::MAX);
        Wanted {
            most: free,
            failing: self.failing,
            of_endpoint: FIRST_PLACES,
            of_organization: self.organization,
            endpoints: locked(&self.under_way.endpoints).iter().map(|(id, it)| it.held(*id)).collect(),
            organizations: locked(&self.under_way.organizations).iter().map(|(id, count)| (*id, *count)).collect(),
        }
    }

    /// Whoever nothing was under way to, nor was due for, begins anew.
    pub fn forget_idle(&self, wanted: &Wanted, due: &[Due]) {
        let mut endpoints = locked(&self.under_way.endpoints);
        for idle in wanted.endpoints.iter().filter(|it| it.under_way == 0) {
            if !due.iter().any(|it| it.webhook == idle.webhook) {
                endpoints.remove(&idle.webhook);
            }
        }
    }

    /// Waits for a place; `None` where there will be none any more.
    pub async fn begin(&self, webhook: WebhookId, organization: OrganizationId) -> Option<Try> {
        let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
        let one = locked(&self.under_way.endpoints).entry(webhook).or_insert_with(Known::new).begin();
        *locked(&self.under_way.organizations).entry(organization).or_default() += 1;
        let under_way = Arc::clone(&self.under_way);
        Some(Try { one, under_way, webhook, organization, most: self.endpoint, took: None, _place: place })
    }
}

/// One that is under way, until it is dropped.
pub struct Try {
    one: u64,
    under_way: Arc<UnderWay>,
    webhook: WebhookId,
    organization: OrganizationId,
    most: u16,
    took: Option<TimeDelta>,
    _place: OwnedSemaphorePermit,
}

impl Try {
    /// It ended: it was taken in this time, or it was not.
    pub fn end(mut self, took: Option<TimeDelta>) {
        self.took = took;
    }
}

impl Drop for Try {
    fn drop(&mut self) {
        let mut endpoints = locked(&self.under_way.endpoints);
        if let Some(known) = endpoints.get_mut(&self.webhook) {
            known.end(self.one, self.took, self.most);
            if known.is_new() {
                endpoints.remove(&self.webhook);
            }
        }
        drop(endpoints);
        let mut organizations = locked(&self.under_way.organizations);
        if let Some(count) = organizations.get_mut(&self.organization) {
            *count -= 1;
            if *count == 0 {
                organizations.remove(&self.organization);
            }
        }
        drop(organizations);
        self.under_way.ended.notify_one();
    }
}

fn locked<K: Eq + Hash, V>(map: &Mutex<HashMap<K, V>>) -> MutexGuard<'_, HashMap<K, V>> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;
    use std::str::FromStr;

    use super::*;

    fn nth<I: FromStr<Err: Debug>>(n: u32) -> I {
        format!("00000000-0000-0000-0000-{n:012}").parse().unwrap()
    }

    /// So many tries, each to an endpoint of its own or all to one, of one organization.
    async fn begin(lane: &Lane, endpoints: &[u32]) -> Vec<Try> {
        let mut tries = Vec::new();
        for n in endpoints {
            tries.push(lane.begin(nth(*n), nth(60)).await.unwrap());
        }
        tries
    }

    fn held(n: u32, under_way: u16, places: u16) -> Held {
        Held { webhook: nth(n), under_way, places }
    }

    #[tokio::test]
    async fn what_is_under_way_is_counted_until_it_ends() {
        for (lane, all, of_organization) in [(Lane::of_healthy(), 256, 32), (Lane::of_failing(), 128, 8)] {
            let hanging = begin(&lane, &[1, 1, 2]).await;
            let mut wanted = lane.wanted();
            assert_eq!((wanted.of_endpoint, wanted.of_organization, wanted.most), (1, of_organization, all - 3));
            wanted.endpoints.sort_by_key(|it| it.webhook);
            assert_eq!(wanted.endpoints, [held(1, 2, 1), held(2, 1, 1)]);
            assert_eq!(wanted.organizations, [(nth(60), 3)]);
            drop(hanging);
            let wanted = lane.wanted();
            assert_eq!((wanted.endpoints, wanted.organizations, wanted.most), (vec![], vec![], all));
            assert!(lane.is_idle());
            assert!(u32::from(of_organization) * 8 <= lane.all, "it takes many that hang to hold up the others");
        }
    }

    #[tokio::test]
    async fn who_takes_what_they_are_sent_holds_more_and_one_that_fails_the_first_place_alone() {
        for (lane, most) in [(Lane::of_healthy(), 8), (Lane::of_failing(), 1)] {
            let mut last = begin(&lane, &[1]).await.remove(0);
            for _ in 0..20 {
                let next = begin(&lane, &[1]).await.remove(0);
                last.end(Some(TimeDelta::zero()));
                last = next;
            }
            assert_eq!(lane.wanted().endpoints, [held(1, 1, most)]);
            begin(&lane, &[1]).await.remove(0).end(None);
            assert_eq!(lane.wanted().endpoints, [held(1, 1, 1)]);
        }
    }

    #[tokio::test]
    async fn who_takes_some_and_hangs_with_others_gets_no_more() {
        let lane = Lane::of_healthy();
        begin(&lane, &[1]).await.remove(0).end(Some(TimeDelta::zero()));
        let _hanging = begin(&lane, &[1]).await;
        for _ in 0..20 {
            begin(&lane, &[1]).await.remove(0).end(Some(TimeDelta::zero()));
        }
        assert_eq!(lane.wanted().endpoints, [held(1, 1, 2)]);
    }

    #[tokio::test]
    async fn who_has_nothing_to_take_begins_anew() {
        let lane = Lane::of_healthy();
        let one = begin(&lane, &[1]).await.remove(0);
        let before = lane.wanted();
        one.end(Some(TimeDelta::zero()));
        lane.forget_idle(&before, &[]);
        assert_eq!(lane.wanted().endpoints, [held(1, 0, 2)], "more may be due, now that there is room");
        lane.forget_idle(&lane.wanted(), &[]);
        assert_eq!(lane.wanted().endpoints, []);
    }
}
