use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use entitlements::{Answer, MeterKey, Order};
use kernel::Fault;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::Instant;

use super::flush::{Answers, Batch, Flush};
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
/// Orders on one meter in one transaction at most.
const ORDERS: usize = 1_000;
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
        let alone = flush(&store, taken, false).await;
        // Whoever was answered and comes again at once goes with the next, not after it.
        tokio::task::yield_now().await;
        {
            let mut state = store.lanes.state();
            for meter in meters.iter().filter(|it| !alone.contains_key(it)) {
                state.release(meter);
            }
        }
        for (meter, orders) in alone {
            let beside = store.clone();
            store.database.spawn(async move { wait_for(beside, meter, orders).await });
        }
    }
}

/// One meter that somebody else holds, or that does not go together with others, beside the lanes.
async fn wait_for(store: PgStore, meter: MeterKey, orders: Vec<Waiting>) {
    {
        let _place = store.lanes.places.acquire().await;
        flush(&store, BTreeMap::from([(meter.clone(), orders)]), true).await;
    }
    store.lanes.state().release(&meter);
    open_lane(&store);
}

type Taken = BTreeMap<MeterKey, Vec<Waiting>>;

/// Answers whom it can. Hands back the orders to meters that somebody else holds; and all of them where they failed together,
/// for what is wrong with one is not to be everybody's.
async fn flush(store: &PgStore, mut taken: Taken, waits: bool) -> Taken {
    loop {
        send_away_the_late(&mut taken);
        if taken.is_empty() {
            return taken;
        }
        let deadline = taken.values().flatten().filter_map(|it| it.deadline).min();
        match commit(store, &taken, deadline, waits).await {
            Ok(answers) => return answer(taken, answers),
            // One of them may have had no time left; the others may have.
            Err(Fault::Contended) if deadline.is_some_and(|it| it <= Instant::now()) => {}
            Err(fault) if taken.len() > 1 && !matches!(fault, Fault::Unavailable(_)) => return taken,
            Err(fault) => {
                for it in taken.into_values().flatten() {
                    it.answer.send(Err(again(&fault))).ok();
                }
                return Taken::new();
            }
        }
    }
}

/// Who has gone was told that nothing was done, so nothing must be.
fn send_away_the_late(taken: &mut Taken) {
    let now = Instant::now();
    for orders in taken.values_mut() {
        let is_late = |it: &mut Waiting| it.deadline.is_some_and(|deadline| deadline <= now);
        for late in orders.extract_if(.., is_late) {
            late.answer.send(Err(Fault::Contended)).ok();
        }
    }
    taken.retain(|_, orders| !orders.is_empty());
}

/// What is left was held by somebody else.
fn answer(taken: Taken, mut answers: Answers) -> Taken {
    let mut left = Taken::new();
    for (meter, orders) in taken {
        let Some(answers) = answers.remove(&meter) else {
            left.insert(meter, orders);
            continue;
        };
        for (it, answer) in orders.into_iter().zip(answers) {
            it.answer.send(Ok(answer)).ok();
        }
    }
    left
}

async fn commit(store: &PgStore, taken: &Taken, deadline: Option<Instant>, waits: bool) -> Result<Answers, Fault> {
    for _ in 0..TRIES {
        let orders = |it: &Vec<Waiting>| it.iter().map(|it| it.order.clone()).collect();
        let batch: Batch = taken.iter().map(|(meter, waiting)| (meter.clone(), orders(waiting))).collect();
        let carried = store.carry(Flush { batch, waits });
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
    fn take(&mut self) -> Option<Taken> {
        let many = self.ready.len().min(METERS);
        let meters: Vec<MeterKey> = self.ready.drain(..many).collect();
        if meters.is_empty() {
            self.lanes -= 1;
            return None;
        }
        self.under_way.extend(meters.iter().cloned());
        let mut taken = Taken::new();
        for meter in meters {
            let mut orders = self.waiting.remove(&meter).unwrap_or_default();
            let later = orders.split_off(orders.len().min(ORDERS));
            if !later.is_empty() {
                self.waiting.insert(meter.clone(), later);
            }
            taken.insert(meter, orders);
        }
        Some(taken)
    }

    /// The meter is free again.
    fn release(&mut self, meter: &MeterKey) {
        self.under_way.remove(meter);
        if self.waiting.contains_key(meter) {
            self.ready.push_back(meter.clone());
        }
    }
}
