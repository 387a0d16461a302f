use kernel::{Act, OrganizationId, ReservationId, Time, TokenHash};

use crate::metering::Balance;
use crate::model::{Reservation, ReservationStatus, ServiceCode};

/// Which meter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MeterKey {
    /// Whose.
    pub organization: OrganizationId,
    /// Of which service.
    pub service: ServiceCode,
    /// Its name in the plans.
    pub meter: String,
}

/// What somebody wants of a meter.
#[derive(Clone, Debug)]
pub struct Order {
    /// Who, and when.
    pub act: Act,
    /// Which meter.
    pub meter: MeterKey,
    /// What.
    pub deed: Deed,
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Use it up, where it is there.
    Consume {
        /// How much; at least 1.
        quantity: i64,
        /// Counts once a period.
        key: TokenHash,
        /// When it happened, for the history; absent where that is the act's moment. It counts in the period it is told in.
        happened_at: Option<Time>,
    },
    /// Take back what was counted.
    Correct {
        /// How much; at least 1.
        quantity: i64,
        /// Counts once a period.
        key: TokenHash,
        /// Why.
        reason: String,
    },
    /// Keep it free for a while, where it is there.
    Reserve {
        /// The id the reservation is to have.
        id: ReservationId,
        /// How much; at least 1.
        quantity: i64,
        /// Until when.
        expires_at: Time,
        /// The same key makes the same reservation.
        key: TokenHash,
    },
    /// Count what a reservation was made for.
    Confirm {
        /// Which.
        reservation: ReservationId,
        /// How much it came to; absent where it is what was reserved.
        quantity: Option<i64>,
    },
    /// Let go of a reservation.
    Release {
        /// Which.
        reservation: ReservationId,
    },
}

/// What the ledger knows it by: what is used, what is corrected and what confirms a reservation never share a name, whatever a
/// caller calls it.
pub(crate) fn ledger_key(kind: &'static str, key: &str) -> TokenHash {
    TokenHash::of(&format!("{kind} {key}"))
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It counts.
    Accepted(Balance),
    /// It counted before, and is answered as it was then.
    Repeated(Balance),
    /// It would have passed a hard quota.
    Exceeded(Balance),
    /// It is reserved, or was before under the same key.
    Reserved(Box<Reservation>),
    /// It is not reserved any more.
    Released,
    /// There are as many open reservations as there may be.
    TooMany,
    /// The key was used for another quantity.
    KeyReused,
    /// The organization may not use the service.
    NotEntitled,
    /// The plan has no such meter.
    NoSuchMeter,
    /// There is no such reservation.
    NotFound,
    /// The reservation is not open, but this.
    Closed(ReservationStatus),
    /// More would be taken back than was used.
    BelowZero(Balance),
}
