use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use kernel::{Bucket, Charged, Clock, Fault, Limit, Payer, RateLimits, RequestKind, Time, Window};

/// Counts in the process: for one node.
///
/// Each kind of request has room for [`MemoryLimits::ROOM`] payers. Whoever comes when it is full is counted together with
/// the neighbours, in a second table as large, and after that with everybody else: so nobody is forgotten before their
/// window ends, and nobody goes uncounted.
pub struct MemoryLimits {
    clock: Arc<dyn Clock>,
    kinds: [Mutex<Kind>; RequestKind::ALL.len()],
}

#[derive(Default)]
struct Kind {
    payers: Table,
    neighbours: Table,
    rest: Option<Window>,
}

/// Windows, and the payers in about the order in which they end: those of a kind are equally long.
#[derive(Default)]
struct Table {
    windows: HashMap<Payer, Window>,
    ends: VecDeque<(Time, Payer)>,
}

impl MemoryLimits {
    /// Some sixteen megabytes for each kind, where it is full.
    pub const ROOM: usize = 1 << 17;

    /// Has counted nothing yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, kinds: Default::default() }
    }

    fn kind(&self, kind: RequestKind) -> MutexGuard<'_, Kind> {
        self.kinds[kind as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of a bucket, if anything is.
    pub(crate) fn known(&self, bucket: Bucket) -> Option<Window> {
        self.kind(bucket.kind).payers.windows.get(&bucket.payer).copied()
    }

    /// What others know of a bucket. Of two answers that overtook each other, the one that was given later counts.
    pub(crate) fn learn(&self, bucket: Bucket, window: Window) {
        let now = self.clock.now();
        let table = &mut self.kind(bucket.kind).payers;
        table.forget(now);
        let is_latest = match table.windows.get(&bucket.payer) {
            Some(known) => (known.ends, known.used) < (window.ends, window.used),
            None => table.has_room(),
        };
        if is_latest {
            table.keep(bucket.payer, window);
        }
    }

    pub(crate) fn count(&self, bucket: Bucket, limit: Limit) -> Charged {
        let mut kind = self.kind(bucket.kind);
        // Under the lock, so that nobody's time is earlier than that of whom it follows.
        let now = self.clock.now();
        let Kind { payers, neighbours, rest } = &mut *kind;
        let narrow = payers.charge(bucket.payer, limit, now);
        narrow.or_else(|| neighbours.charge(bucket.payer.wider(), limit, now)).unwrap_or_else(|| {
            let (window, charged) = limit.charge(*rest, now);
            *rest = Some(window);
            charged
        })
    }
}

impl Table {
    /// How many ended windows one request forgets at most: it makes one.
    const AT_ONCE: usize = 16;

    fn has_room(&self) -> bool {
        self.windows.len() < MemoryLimits::ROOM
    }

    fn keep(&mut self, payer: Payer, window: Window) {
        if self.windows.insert(payer, window).is_none() {
            self.ends.push_back((window.ends, payer));
        }
    }

    /// `None` where there is no room for another.
    fn charge(&mut self, payer: Payer, limit: Limit, now: Time) -> Option<Charged> {
        self.forget(now);
        let found = self.windows.get(&payer).copied();
        if found.is_none() && !self.has_room() {
            return None;
        }
        let (window, charged) = limit.charge(found, now);
        self.keep(payer, window);
        Some(charged)
    }

    fn forget(&mut self, now: Time) {
        for _ in 0..Self::AT_ONCE {
            let Some((_, payer)) = self.ends.pop_front_if(|(end, _)| *end <= now) else { break };
            match self.windows.get(&payer) {
                // Another has begun since.
                Some(window) if window.ends > now => self.ends.push_back((window.ends, payer)),
                _ => drop(self.windows.remove(&payer)),
            }
        }
    }
}

#[async_trait]
impl RateLimits for MemoryLimits {
    async fn charge(&self, bucket: Bucket, limit: Limit) -> Result<Charged, Fault> {
        Ok(self.count(bucket, limit))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use chrono::TimeDelta;
    use kernel::testing::NOON;

    use super::*;
    use crate::hand::Hand;

    fn memory() -> (MemoryLimits, Arc<Hand>) {
        let hand = Arc::new(Hand::default());
        (MemoryLimits::new(hand.clone()), hand)
    }

    const LIMIT: Limit = Limit { most: 2, window: TimeDelta::minutes(1) };

    fn at(address: u32) -> Bucket {
        let address = IpAddr::V4(Ipv4Addr::from_bits(address));
        Bucket { kind: RequestKind::LogIn, payer: Payer::at(Some(address)) }
    }

    fn passes(memory: &MemoryLimits, address: u32) -> bool {
        memory.count(at(address), LIMIT).passes
    }

    fn kept(memory: &MemoryLimits) -> (usize, usize) {
        let kind = memory.kind(RequestKind::LogIn);
        assert_eq!(kind.payers.windows.len(), kind.payers.ends.len());
        assert_eq!(kind.neighbours.windows.len(), kind.neighbours.ends.len());
        (kind.payers.windows.len(), kind.neighbours.windows.len())
    }

    /// As many payers as there is room for, from 10.0.0.0 on.
    fn flood(memory: &MemoryLimits) {
        for n in 0..u32::try_from(MemoryLimits::ROOM).unwrap() {
            memory.count(at(0x0a00_0000 + n), LIMIT);
        }
    }

    #[test]
    fn where_there_is_no_room_neighbours_are_counted_together_and_nobody_is_forgotten() {
        let (memory, _) = memory();
        let first = 0xc000_0201;
        assert!(passes(&memory, first) && passes(&memory, first) && !passes(&memory, first));
        flood(&memory);
        assert_eq!(kept(&memory), (MemoryLimits::ROOM, 1));
        assert!(!passes(&memory, first), "it was forgotten");
        // 203.0.113.0 and 203.0.200.0 are neighbours; 198.51.100.0 is none.
        assert!(passes(&memory, 0xcb00_7100) && passes(&memory, 0xcb00_c800) && !passes(&memory, 0xcb00_7101));
        assert!(passes(&memory, 0xc633_6400));
    }

    #[test]
    fn where_there_is_no_room_for_neighbours_either_the_rest_is_counted_together() {
        let (memory, _) = memory();
        flood(&memory);
        {
            let mut kind = memory.kind(RequestKind::LogIn);
            let window = Window { used: 0, ends: NOON + LIMIT.window };
            for n in 0..u128::try_from(MemoryLimits::ROOM).unwrap() {
                let address = IpAddr::V6(Ipv6Addr::from_bits((0x2001_0000 + n) << 96));
                kind.neighbours.keep(Payer::at(Some(address)), window);
            }
        }
        assert!(passes(&memory, 0xcb00_7100) && passes(&memory, 0xc633_6400) && !passes(&memory, 0xc000_0201));
    }

    #[test]
    fn what_has_ended_makes_room() {
        let (memory, hand) = memory();
        flood(&memory);
        hand.stand_at(TimeDelta::seconds(60));
        let rounds = u32::try_from(MemoryLimits::ROOM / Table::AT_ONCE + 1).unwrap();
        for _ in 0..rounds {
            memory.count(at(1), LIMIT);
        }
        let (payers, _) = kept(&memory);
        assert_eq!(payers, 1);
    }

    #[test]
    fn who_comes_again_and_again_takes_one_place() {
        let (memory, hand) = memory();
        for second in 0..1_000 {
            hand.stand_at(TimeDelta::seconds(second));
            memory.count(at(1), LIMIT);
            memory.count(at(2), LIMIT);
        }
        assert_eq!(kept(&memory), (2, 0));
    }

    #[test]
    fn of_what_others_know_the_latest_counts() {
        let (memory, _) = memory();
        let window = |used, seconds| Window { used, ends: NOON + TimeDelta::seconds(seconds) };
        for (told, known) in
            [((1, 30), (1, 30)), ((3, 30), (3, 30)), ((2, 30), (3, 30)), ((1, 40), (1, 40)), ((9, 30), (1, 40))]
        {
            memory.learn(at(1), window(told.0, told.1));
            assert_eq!(memory.known(at(1)), Some(window(known.0, known.1)), "{told:?}");
        }
        assert!(passes(&memory, 1) && !passes(&memory, 1));
        assert_eq!(kept(&memory), (1, 0));
    }

    #[test]
    fn where_there_is_no_room_nothing_is_learnt() {
        let (memory, _) = memory();
        flood(&memory);
        memory.learn(at(1), Window { used: 1, ends: NOON + LIMIT.window });
        assert_eq!((memory.known(at(1)), kept(&memory).0), (None, MemoryLimits::ROOM));
    }
}
