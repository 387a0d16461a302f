use kernel::{Actor, Evidence, QuotaGrantId, SubscriptionId, Time, TokenHash};

use crate::metering::{Balance, MeterKey, MeterState};
use crate::model::Reservation;

/// What is to be written after orders were dealt with: all of it, in the transaction that holds the meter, or nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// Which meter.
    pub meter: MeterKey,
    /// How far it is counted; its version is the one it was read at, 0 where nothing was counted.
    pub state: MeterState,
    /// What joins the ledger, in order.
    pub counted: Vec<Counted>,
    /// What is added to the history.
    pub hours: Vec<Hour>,
    /// What is used of each grant that changed.
    pub grants: Vec<(QuotaGrantId, i64)>,
    /// Reservations that were made.
    pub reserved: Vec<Reservation>,
    /// Reservations that were closed.
    pub closed: Vec<Reservation>,
    /// What it leaves behind.
    pub evidence: Evidence,
}

/// An entry of the ledger of consumption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Under which key.
    pub key: TokenHash,
    /// In which window; until [`Balance::resets_at`] the key is remembered.
    pub window_start: Time,
    /// By which subscription.
    pub subscription: SubscriptionId,
    /// How much; negative where it was taken back.
    pub quantity: i64,
    /// How the meter stood after it.
    pub balance: Balance,
    /// Who.
    pub actor: Actor,
    /// When it was counted.
    pub at: Time,
}

/// What was used in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hour {
    /// When the hour began.
    pub start: Time,
    /// How much; negative where more was taken back.
    pub used: i64,
    /// In how many consumptions.
    pub times: i64,
}
