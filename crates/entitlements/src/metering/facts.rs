use kernel::{Time, TokenHash};
use serde::{Deserialize, Serialize};

use crate::metering::Balance;
use crate::model::{QuotaGrant, Reservation};
use crate::{Period, Terms};

/// What is stored about a meter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeterFacts {
    /// What the organization has subscribed to; absent where it never has.
    pub terms: Option<Terms>,
    /// How far it was counted; absent where nothing was yet.
    pub state: Option<MeterState>,
    /// The grants of which something is left.
    pub grants: Vec<GrantState>,
    /// The reservations that are not closed, and those that an order names by id or key.
    pub reservations: Vec<Reservation>,
    /// What was counted before under the orders' keys, in a window that is not over.
    pub remembered: Vec<Remembered>,
}

/// What is stored about a service an organization has subscribed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceFacts {
    /// To what.
    pub terms: Terms,
    /// How far each meter was counted.
    pub meters: Vec<(String, MeterState)>,
    /// The grants of which something is left.
    pub grants: Vec<GrantState>,
    /// The reservations that are not closed.
    pub reservations: Vec<Reservation>,
}

impl ServiceFacts {
    /// What is known of one of its meters.
    #[must_use]
    pub fn meter(&self, meter: &str) -> MeterFacts {
        MeterFacts {
            terms: Some(self.terms.clone()),
            state: self.meters.iter().find(|(name, _)| name == meter).map(|(_, state)| state.clone()),
            grants: self.grants.iter().filter(|it| it.grant.meter == meter).cloned().collect(),
            reservations: self.reservations.iter().filter(|it| it.meter == meter).cloned().collect(),
            remembered: Vec::new(),
        }
    }
}

/// How far a meter was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterState {
    /// By the period of the plan it was last counted under.
    pub row: MeterRow,
    /// By the periods of plans before, which may come back: nobody has a new quota by changing plans to and fro.
    pub resting: Vec<MeterRow>,
    /// Moves on with every write.
    pub version: i64,
}

/// How far a meter was counted by one kind of period, in the window it was last counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterRow {
    /// Which kind of window.
    pub period: Period,
    /// The window.
    pub window_start: Time,
    /// Used in it.
    pub used: i64,
    /// The quota then.
    pub quota: i64,
    /// How much of what was used came from grants.
    pub granted: i64,
    /// Left of the window before, and usable in this one.
    pub carried: i64,
    /// The highest threshold that was announced in this window, in percent.
    pub announced: i16,
}

/// A grant, and what was used of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantState {
    /// The grant.
    pub grant: QuotaGrant,
    /// Used of it.
    pub used: i64,
}

impl GrantState {
    /// What is left of it.
    #[must_use]
    pub const fn left(&self) -> i64 {
        self.grant.amount - self.used
    }
}

/// What was counted under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The key.
    pub key: TokenHash,
    /// How much; negative where it was taken back.
    pub quantity: i64,
    /// How the meter stood after it.
    pub balance: Balance,
}
