use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use entitlements::{Answer, MeterKey, Order};
use kernel::Fault;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::Instant;

use super::flush::{Batch, Flush};
use crate::refusal::Refusal;
use crate::store::PgStore;

/// Group commit. An order whose meter is free begins a transaction at once; what arrives while that is under way gathers,
/// and goes together in the next. A lane is one such transaction after the other, each with whatever meters are ready; a
/// meter is in one at a time, so its orders are dealt with as they arrived. A meter that another node holds is waited for
/// beside the lanes, so that it delays no other.
pub(crate) struct Lanes {
    state: Mutex<State>,
    /// Places for those who wait for a meter that another node holds: each takes a connection.
    places: Semaphore,
}

impl Default for Lanes {
    fn default() -> Self {
        Self { state: Mutex::default(), places: Semaphore::new(PLACES) }
    }
}

#[derive(Default)]
struct State {
    waiting: HashMap<MeterKey, Vec<Waiting>>,
    /// Meters with orders that no transaction has, in the order they became so.
    ready: VecDeque<MeterKey>,
    under_way: HashSet<MeterKey>,
    /// How many lanes are at work.
    lanes: usize,
}

struct Waiting {
    order: Order,
    /// Until when somebody waits for the answer.
    deadline: Option<Instant>,
    answer: oneshot::Sender<Result<Answer, Fault>>,
}

/// Lanes a node has, each with a connection while it works: one reads while the other syncs. With more, batches would only
/// be smaller.
const LANES: usize = 2;
/// Meters that another node holds and that are waited for at a time.
const PLACES: usize = 4;
/// Meters in one transaction at most.
const METERS: usize = 64;
/// How often a batch is tried again whose meter was counted for the first time by somebody else meanwhile.
const TRIES: u8 = 5;

/// Deals with the orders, each as soon as its meter is free, and answers when all are committed.
pub(super) async fn deal(store: &PgStore, orders: Vec<Order>) -> Result<Vec<Answer>, Fault> {
    let deadline = kernel::deadline();
    let mut answers = Vec::with_capacity(orders.len());
    {
        let mut state = store.lanes.state();
        for order in orders {
            let (answer, receiver) = oneshot::channel();
            answers.push(receiver);
            state.add(Waiting { order, deadline, answer });
        }
    }
    open_lane(store);
    let mut dealt = Vec::with_capacity(answers.len());
    for answer in answers {
        let lost = |_| Fault::defect("a lane ended with orders in it");
        dealt.push(answer.await.map_err(lost)??);
    }
    Ok(dealt)
}

/// Another lane, where there is something to do and not as many as there may be.
fn open_lane(store: &PgStore) {
    if store.lanes.state().may_open() {
        let lane = store.clone();
        store.database.spawn(async move { run(lane).await });
    }
}

/// A lane: transaction after transaction, until nothing is ready.
async fn run(store: PgStore) {
    loop {
        let Some(taken) = store.lanes.state().take() else { return };
        let meters: Vec<MeterKey> = taken.keys().cloned().collect();
        let held_by_others = flush(&store, taken).await;
        // Whoever was answered and comes again at once goes with the next, not after it.
        tokio::task::yield_now().await;
        {
            let mut state = store.lanes.state();
            for meter in meters.iter().filter(|it| !held_by_others.contains_key(it)) {
                state.release(meter);
            }
        }
        for (meter, orders) in held_by_others {
            let alone = store.clone();
            store.database.spawn(async move { wait_for(alone, meter, orders).await });
        }
    }
}

/// One meter that somebody else holds, beside the lanes.
async fn wait_for(store: PgStore, meter: MeterKey, orders: Vec<Waiting>) {
    {
        let _place = store.lanes.places.acquire().await;
        flush(&store, BTreeMap::from([(meter.clone(), orders)])).await;
    }
    store.lanes.state().release(&meter);
    open_lane(&store);
}

/// Answers whom it can; hands back the orders to meters that somebody else holds.
async fn flush(store: &PgStore, mut taken: BTreeMap<MeterKey, Vec<Waiting>>) -> BTreeMap<MeterKey, Vec<Waiting>> {
    // Who has gone was told that nothing was done, so nothing must be.
    let now = Instant::now();
    for orders in taken.values_mut() {
        let (good, late): (Vec<_>, Vec<_>) =
            std::mem::take(orders).into_iter().partition(|it| it.deadline.is_none_or(|deadline| now < deadline));
        *orders = good;
        for it in late {
            it.answer.send(Err(Fault::Contended)).ok();
        }
    }
    taken.retain(|_, orders| !orders.is_empty());
    if taken.is_empty() {
        return taken;
    }
    let deadline = taken.values().flatten().filter_map(|it| it.deadline).min();
    let result = commit(store, &taken, deadline).await;
    match result {
        Ok(mut answers) => {
            let mut left = BTreeMap::new();
            for (meter, orders) in taken {
                match answers.remove(&meter) {
                    Some(answers) => {
                        for (it, answer) in orders.into_iter().zip(answers) {
                            it.answer.send(Ok(answer)).ok();
                        }
                    }
                    None => {
                        left.insert(meter, orders);
                    }
                }
            }
            left
        }
        Err(fault) => {
            for it in taken.into_values().flatten() {
                it.answer.send(Err(again(&fault))).ok();
            }
            BTreeMap::new()
        }
    }
}

async fn commit(
    store: &PgStore,
    taken: &BTreeMap<MeterKey, Vec<Waiting>>,
    deadline: Option<Instant>,
) -> Result<super::flush::Answers, Fault> {
    for _ in 0..TRIES {
        let batch: Batch = taken
            .iter()
            .map(|(meter, orders)| (meter.clone(), orders.iter().map(|it| it.order.clone()).collect()))
            .collect();
        let carried = store.carry(Flush { batch });
        let result = match deadline {
            Some(deadline) => kernel::before(deadline, carried).await,
            None => carried.await,
        };
        match result {
            Err(Refusal::Stale(_)) => {}
            other => return other.map_err(Fault::from),
        }
    }
    Err(Fault::Contended)
}

/// The same fault for everybody who waited.
fn again(fault: &Fault) -> Fault {
    match fault {
        Fault::Unavailable(error) => Fault::Unavailable(error.to_string().into()),
        Fault::Overloaded(pause) => Fault::Overloaded(*pause),
        Fault::Contended => Fault::Contended,
        Fault::KeyReused => Fault::KeyReused,
        Fault::Failed(error) => Fault::Failed(error.to_string().into()),
    }
}

impl Lanes {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, waiting: Waiting) {
        let meter = waiting.order.meter.clone();
        let orders = self.waiting.entry(meter.clone()).or_default();
        orders.push(waiting);
        if orders.len() == 1 && !self.under_way.contains(&meter) {
            self.ready.push_back(meter);
        }
    }

    /// Whether another lane is to begin; it is counted then.
    fn may_open(&mut self) -> bool {
        let opens = self.lanes < LANES && !self.ready.is_empty();
        self.lanes += usize::from(opens);
        opens
    }

    /// What the next transaction of a lane deals with; the lane ends where there is nothing.
    fn take(&mut self) -> Option<BTreeMap<MeterKey, Vec<Waiting>>> {
        let many = self.ready.len().min(METERS);
        let meters: Vec<MeterKey> = self.ready.drain(..many).collect();
        if meters.is_empty() {
            self.lanes -= 1;
            return None;
        }
        self.under_way.extend(meters.iter().cloned());
        Some(
            meters
                .into_iter()
                .map(|it| (self.waiting.remove(&it).unwrap_or_default(), it))
                .map(|(w, m)| (m, w))
                .collect(),
        )
    }

    /// The meter is free again.
    fn release(&mut self, meter: &MeterKey) {
        self.under_way.remove(meter);
        if self.waiting.contains_key(meter) {
            self.ready.push_back(meter.clone());
        }
    }
}
