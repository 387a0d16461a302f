use kernel::{Fault, Problems, Taken};

use crate::model::{ReservationStatus, Status};

/// Why this domain says no.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input breaks rules.
    #[error("the given data was invalid")]
    Invalid(Problems),
    /// No such service.
    #[error("no such service")]
    ServiceNotFound,
    /// The catalogue has a service of this code.
    #[error("the service exists")]
    ServiceTaken,
    /// The organization has a subscription to this service.
    #[error("already subscribed")]
    AlreadySubscribed,
    /// The organization is not entitled to this service now.
    #[error("not entitled")]
    NotEntitled,
    /// The subscription can't be changed so in the state it is in.
    #[error("illegal in the state {}", .0.as_str())]
    IllegalState(Status),
    /// The reservation is not open, but this.
    #[error("the reservation is {}", .0.as_str())]
    ReservationClosed(ReservationStatus),
    /// There are as many open reservations of this meter as there may be.
    #[error("too many open reservations")]
    TooMany,
    /// No such subscription, reservation or grant here.
    #[error("not found")]
    NotFound,
    /// The key was used in this period for another quantity.
    #[error("the idempotency key was used for another quantity")]
    KeyReused,
    /// Nobody's fault but ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Taken> for Error {
    fn from(taken: Taken) -> Self {
        match taken.0 {
            "service" => Self::ServiceTaken,
            "subscription" => Self::AlreadySubscribed,
            other => Self::Fault(Fault::defect(format!("{other} is taken"))),
        }
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Invalid(problems)
    }
}
