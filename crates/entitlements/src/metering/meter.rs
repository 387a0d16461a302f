use std::collections::{BTreeMap, BTreeSet};

use chrono::{DurationRound, TimeDelta};
use kernel::{Act, ReservationId, SubscriptionId, Time, TokenHash};

use crate::metering::window::turn;
use crate::metering::witness::Witness;
use crate::metering::{
    Answer, Balance, Counted, Deed, GrantState, Hour, MeterFacts, MeterKey, MeterRow, MeterState, Order, Remembered,
    Written, ledger_key,
};
use crate::model::{LimitKind, Quota, Reservation, ReservationStatus};
use crate::{Happening, Terms, Window};

/// A meter while somebody holds it alone. Orders are dealt with in the order they come; what is to be written is
/// gathered and told at the end.
pub struct Meter {
    key: MeterKey,
    terms: Option<Terms>,
    row: Option<MeterRow>,
    resting: Vec<MeterRow>,
    version: i64,
    grants: Vec<GrantState>,
    reservations: Vec<Reservation>,
    remembered: Vec<Remembered>,
    counted: Vec<Counted>,
    hours: BTreeMap<Time, Hour>,
    drawn_on: BTreeSet<usize>,
    reserved: Vec<ReservationId>,
    closed: Vec<ReservationId>,
    witness: Witness,
}

/// What holds for a meter at a moment.
#[derive(Clone, Copy)]
struct Frame {
    subscription: SubscriptionId,
    quota: Quota,
    window: Window,
    row: MeterRow,
    at: Time,
}

/// Reservations of one meter that may be open at a time: all of them are looked at whenever it counts.
const OPEN: usize = 1_000;

/// What is counted in one window at most, so that no sum of windows overflows.
const MOST_USED: i64 = 1_000_000_000_000_000;

/// The shares of a quota that are announced when they are reached, in percent.
const THRESHOLDS: [i16; 2] = [80, 100];

impl Meter {
    /// As it is stored.
    #[must_use]
    pub fn open(key: MeterKey, facts: MeterFacts) -> Self {
        let MeterFacts { terms, state, mut grants, reservations, remembered } = facts;
        let (row, resting, version) = state.map_or_else(Default::default, |it| (Some(it.row), it.resting, it.version));
        grants.sort_by_key(|it| it.grant.precedence());
        Self {
            key,
            terms,
            row,
            resting,
            version,
            grants,
            reservations,
            remembered,
            counted: Vec::new(),
            hours: BTreeMap::new(),
            drawn_on: BTreeSet::new(),
            reserved: Vec::new(),
            closed: Vec::new(),
            witness: Witness::default(),
        }
    }

    /// How it stands at the moment `at`; `None` where the subscription's plan has no such meter.
    #[must_use]
    pub fn balance(&mut self, at: Time) -> Option<Balance> {
        self.frame(at).ok().map(|frame| self.balance_in(&frame))
    }

    /// Deals with an order.
    pub fn deal(&mut self, order: &Order) -> Answer {
        let act = &order.act;
        match &order.deed {
            Deed::Consume { quantity, key, happened_at } => {
                self.consume(act, *quantity, *key, happened_at.unwrap_or(act.at))
            }
            Deed::Correct { quantity, key, reason } => self.correct(act, *quantity, *key, reason),
            Deed::Reserve { id, quantity, expires_at, key } => self.reserve(act, *id, *quantity, *expires_at, *key),
            Deed::Confirm { reservation, quantity } => self.confirm(act, *reservation, *quantity),
            Deed::Release { reservation } => self.release(act, *reservation),
        }
        .unwrap_or_else(|refused| refused)
    }

    /// What is to be written; `None` where nothing is.
    #[must_use]
    pub fn close(self) -> Option<Written> {
        if self.counted.is_empty() && self.reserved.is_empty() && self.closed.is_empty() {
            return None;
        }
        let of = |ids: &[ReservationId]| self.reservations.iter().filter(|it| ids.contains(&it.id)).cloned().collect();
        let (mut reserved, closed): (Vec<Reservation>, Vec<Reservation>) = (of(&self.reserved), of(&self.closed));
        // Made and closed by orders that went together: it is written once, as it is.
        let closed = closed.into_iter().filter(|it| !self.reserved.contains(&it.id)).collect();
        reserved.sort_by_key(|it| it.id);
        Some(Written {
            state: MeterState { row: self.row?, resting: self.resting, version: self.version },
            counted: self.counted,
            hours: self.hours.into_values().collect(),
            grants: self.drawn_on.iter().map(|i| (self.grants[*i].grant.id, self.grants[*i].used)).collect(),
            reserved,
            closed,
            evidence: self.witness.evidence(&self.key),
            meter: self.key,
        })
    }

    fn consume(&mut self, act: &Act, quantity: i64, key: TokenHash, happened_at: Time) -> Result<Answer, Answer> {
        self.not_remembered(key, quantity, act.at)?;
        let frame = self.entitled(act.at)?;
        if !self.fits(quantity, &frame, None) {
            return Err(Answer::Exceeded(self.balance_in(&frame)));
        }
        let balance = self.count(act, frame, quantity, key, happened_at);
        self.witness.consumed(act, quantity);
        Ok(Answer::Accepted(balance))
    }

    fn correct(&mut self, act: &Act, quantity: i64, key: TokenHash, reason: &str) -> Result<Answer, Answer> {
        self.not_remembered(key, -quantity, act.at)?;
        let mut frame = self.frame(act.at)?;
        if frame.row.used < quantity {
            return Err(Answer::BelowZero(self.balance_in(&frame)));
        }
        // What passed the quota goes first, then what came from grants.
        let beyond = (own(&frame.row) - frame.quota.limit - frame.row.carried).clamp(0, quantity);
        let granted = (quantity - beyond).min(frame.row.granted);
        self.give_back(granted);
        frame.row.granted -= granted;
        let balance = self.count(act, frame, -quantity, key, act.at);
        self.witness.corrected(act, quantity, reason);
        Ok(Answer::Accepted(balance))
    }

    fn reserve(
        &mut self,
        act: &Act,
        id: ReservationId,
        quantity: i64,
        expires_at: Time,
        key: TokenHash,
    ) -> Result<Answer, Answer> {
        if let Some(before) = self.reservations.iter().find(|it| it.key == key) {
            let is_same = self.is_of_this(before)
                && before.quantity == quantity
                && before.expires_at - before.created_at == expires_at - act.at;
            return if is_same { Ok(Answer::Reserved(Box::new(before.clone()))) } else { Err(Answer::KeyReused) };
        }
        let frame = self.entitled(act.at)?;
        if self.open_ones(&frame, None).count() >= OPEN {
            return Err(Answer::TooMany);
        }
        if !self.fits(quantity, &frame, None) {
            return Err(Answer::Exceeded(self.balance_in(&frame)));
        }
        let MeterKey { organization, service, meter } = self.key.clone();
        let mut balance = self.balance_in(&frame);
        balance.remaining = (balance.remaining - quantity).max(0);
        let reservation = Reservation {
            id,
            organization,
            service,
            meter,
            key,
            quantity,
            created_at: act.at,
            expires_at,
            closed_at: None,
            confirmed: None,
            balance,
        };
        self.reservations.push(reservation.clone());
        self.reserved.push(id);
        self.keep(frame.row);
        self.witness.reserved(act, quantity);
        Ok(Answer::Reserved(Box::new(reservation)))
    }

    fn confirm(&mut self, act: &Act, id: ReservationId, quantity: Option<i64>) -> Result<Answer, Answer> {
        let reservation = self.reservation(id)?.clone();
        let quantity = quantity.unwrap_or(reservation.quantity);
        // What was kept free stays so whatever comes meanwhile; more is only for who may use it now.
        let frame = if quantity > reservation.quantity { self.entitled(act.at)? } else { self.frame(act.at)? };
        match reservation.status(act.at) {
            ReservationStatus::Open => {}
            ReservationStatus::Confirmed if reservation.confirmed == Some(quantity) => {
                return Ok(Answer::Repeated(self.balance_in(&frame)));
            }
            status => return Err(Answer::Closed(status)),
        }
        if !self.fits(quantity, &frame, Some(id)) {
            return Err(Answer::Exceeded(self.balance_in(&frame)));
        }
        self.shut(id, act.at, Some(quantity));
        let key = ledger_key("reservation", &id.to_string());
        let balance = self.count(act, frame, quantity, key, act.at);
        self.witness.consumed(act, quantity);
        Ok(Answer::Accepted(balance))
    }

    fn release(&mut self, act: &Act, id: ReservationId) -> Result<Answer, Answer> {
        let reservation = self.reservation(id)?;
        let quantity = reservation.quantity;
        match reservation.status(act.at) {
            ReservationStatus::Open => {}
            ReservationStatus::Released => return Ok(Answer::Released),
            status => return Err(Answer::Closed(status)),
        }
        // It was written when it was reserved, also where the plan has no such meter any more.
        if self.row.is_none() {
            let frame = self.frame(act.at)?;
            self.keep(frame.row);
        }
        self.shut(id, act.at, None);
        self.witness.released(act, quantity);
        Ok(Answer::Released)
    }

    /// Counts what may be counted.
    fn count(&mut self, act: &Act, frame: Frame, quantity: i64, key: TokenHash, happened_at: Time) -> Balance {
        let Frame { subscription, quota, window, mut row, at } = frame;
        let from_grants = (quantity - (quota.limit + row.carried - own(&row)).max(0)).max(0);
        row.granted += self.draw(from_grants, at);
        row.used += quantity;
        let frame = Frame { subscription, quota, window, row, at };
        let balance = self.balance_in(&frame);
        row.announced = self.announce(act, row.announced, &balance);
        self.keep(row);
        self.remembered.push(Remembered { key, quantity, balance });
        self.counted.push(Counted {
            key,
            window_start: window.start,
            subscription,
            quantity,
            balance,
            actor: act.actor,
            at,
        });
        let start = happened_at.duration_trunc(TimeDelta::hours(1)).unwrap_or(happened_at);
        let hour = self.hours.entry(start).or_insert(Hour { start, used: 0, times: 0 });
        hour.used += quantity;
        hour.times += i64::from(quantity > 0);
        balance
    }

    /// Takes from the grants, in their order, what they have; answers how much that was.
    fn draw(&mut self, mut wanted: i64, at: Time) -> i64 {
        let mut drawn = 0;
        for (i, state) in self.grants.iter_mut().enumerate().filter(|(_, it)| it.grant.is_good(at)) {
            let part = wanted.min(state.left());
            if part > 0 {
                state.used += part;
                wanted -= part;
                drawn += part;
                self.drawn_on.insert(i);
            }
        }
        drawn
    }

    /// Gives back to the grants, the last used first. What came from one that is used up or over is lost with it.
    fn give_back(&mut self, mut quantity: i64) {
        for (i, state) in self.grants.iter_mut().enumerate().rev() {
            let part = quantity.min(state.used);
            if part > 0 {
                state.used -= part;
                quantity -= part;
                self.drawn_on.insert(i);
            }
        }
    }

    fn announce(&mut self, act: &Act, announced: i16, balance: &Balance) -> i16 {
        let Balance { used, limit, .. } = *balance;
        let reached = |percent: i16| i128::from(used) * 100 >= i128::from(limit) * i128::from(percent);
        let mut highest = announced;
        for percent in THRESHOLDS.into_iter().filter(|it| *it > announced && limit > 0 && reached(*it)) {
            highest = percent;
            let meter = self.key.clone();
            self.witness.crossed(act, Happening::ThresholdReached { meter, percent, used, limit });
        }
        highest
    }

    /// A key is remembered as long as its window lasts.
    fn not_remembered(&self, key: TokenHash, quantity: i64, at: Time) -> Result<(), Answer> {
        let is_meant = |it: &&Remembered| it.key == key && it.balance.resets_at.is_none_or(|end| at < end);
        match self.remembered.iter().find(is_meant) {
            None => Ok(()),
            Some(before) if before.quantity == quantity => Err(Answer::Repeated(before.balance)),
            Some(_) => Err(Answer::KeyReused),
        }
    }

    fn reservation(&self, id: ReservationId) -> Result<&Reservation, Answer> {
        self.reservations.iter().find(|it| it.id == id).ok_or(Answer::NotFound)
    }

    fn shut(&mut self, id: ReservationId, at: Time, confirmed: Option<i64>) {
        if let Some(it) = self.reservations.iter_mut().find(|it| it.id == id) {
            (it.closed_at, it.confirmed) = (Some(at), confirmed);
            self.closed.push(id);
        }
    }

    fn entitled(&mut self, at: Time) -> Result<Frame, Answer> {
        self.terms = self.terms.take().map(|it| it.at(at));
        match &self.terms {
            Some(terms) if terms.subscription.is_entitled(at) => self.frame(at),
            _ => Err(Answer::NotEntitled),
        }
    }

    fn frame(&mut self, at: Time) -> Result<Frame, Answer> {
        self.terms = self.terms.take().map(|it| it.at(at));
        let terms = self.terms.as_ref().ok_or(Answer::NotEntitled)?;
        let quota = *terms.plan.quota(&self.key.meter).ok_or(Answer::NoSuchMeter)?;
        let row = self.row.iter().chain(&self.resting).find(|it| it.period == quota.period);
        let (window, row) = turn(row.copied(), &quota, &terms.subscription, at);
        Ok(Frame { subscription: terms.subscription.id, quota, window, row, at })
    }

    /// It is what is counted by from here on; what was counted by another period rests.
    fn keep(&mut self, row: MeterRow) {
        self.resting.retain(|it| it.period != row.period);
        self.resting.extend(self.row.take().filter(|it| it.period != row.period));
        self.row = Some(row);
    }

    fn fits(&self, quantity: i64, frame: &Frame, without: Option<ReservationId>) -> bool {
        let is_countable = frame.row.used + quantity <= MOST_USED;
        is_countable && (frame.quota.limit_kind == LimitKind::Soft || quantity <= self.free(frame, without))
    }

    /// What of quota and grants is neither used nor kept free for anybody else.
    fn free(&self, frame: &Frame, without: Option<ReservationId>) -> i64 {
        let Frame { quota, row, at, .. } = frame;
        let kept: i64 = self.open_ones(frame, without).map(|it| it.quantity).sum();
        (quota.limit + row.carried - own(row)).max(0) + self.left_of_grants(*at) - kept
    }

    fn is_of_this(&self, reservation: &Reservation) -> bool {
        (&reservation.service, &reservation.meter) == (&self.key.service, &self.key.meter)
    }

    fn open_ones(&self, frame: &Frame, without: Option<ReservationId>) -> impl Iterator<Item = &Reservation> {
        let at = frame.at;
        let is_open = move |it: &&Reservation| it.status(at) == ReservationStatus::Open && Some(it.id) != without;
        self.reservations.iter().filter(|it| self.is_of_this(it)).filter(is_open)
    }

    fn left_of_grants(&self, at: Time) -> i64 {
        self.grants.iter().filter(|it| it.grant.is_good(at)).map(GrantState::left).sum()
    }

    fn balance_in(&self, frame: &Frame) -> Balance {
        let Frame { quota, window, row, at, .. } = frame;
        Balance {
            used: row.used,
            remaining: self.free(frame, None).max(0),
            limit: quota.limit + row.carried + row.granted + self.left_of_grants(*at),
            resets_at: window.end,
        }
    }
}

/// Used of the quota itself and of what was carried over.
const fn own(row: &MeterRow) -> i64 {
    row.used - row.granted
}

#[cfg(test)]
mod tests;
