use kernel::{OrganizationId, ReservationId, Time, TokenHash};

use super::ServiceCode;
use crate::metering::Balance;

/// A part of a quota kept free for work whose size is known only afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Its id.
    pub id: ReservationId,
    /// Whose.
    pub organization: OrganizationId,
    /// Of which service.
    pub service: ServiceCode,
    /// Of which meter.
    pub meter: String,
    /// The same key makes the same reservation.
    pub key: TokenHash,
    /// How much is kept free.
    pub quantity: i64,
    /// Since when.
    pub created_at: Time,
    /// Until when.
    pub expires_at: Time,
    /// Since when it is confirmed or released.
    pub closed_at: Option<Time>,
    /// How much was used after all, where it was confirmed.
    pub confirmed: Option<i64>,
    /// How the meter stood when it was made.
    pub balance: Balance,
}

/// What a reservation is at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReservationStatus {
    /// It keeps its quantity free.
    Open,
    /// What was used is counted.
    Confirmed,
    /// Nothing was used.
    Released,
    /// Its time is over, and it keeps nothing free.
    Expired,
}

impl ReservationStatus {
    /// As told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirmed => "confirmed",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }
}

impl Reservation {
    /// What it is at the moment `at`.
    #[must_use]
    pub fn status(&self, at: Time) -> ReservationStatus {
        match (self.closed_at, self.confirmed) {
            (Some(_), Some(_)) => ReservationStatus::Confirmed,
            (Some(_), None) => ReservationStatus::Released,
            (None, _) if self.expires_at <= at => ReservationStatus::Expired,
            (None, _) => ReservationStatus::Open,
        }
    }
}
