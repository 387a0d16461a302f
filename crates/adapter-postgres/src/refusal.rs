use diesel::result::{DatabaseErrorKind, Error as DieselError};
use kernel::{CommitError, Fault, Remembered, Signal, Taken};

use crate::fault::{fault, is_collision, is_lost};
use crate::taken::taken;

/// Why a transaction was not committed. Nothing of it is visible then.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// What was decided on has moved on; what this node's caches should have known, where that is why.
    Stale(Option<Signal>),
    /// A unique value exists.
    Taken(Taken),
    /// The once key was committed before.
    Remembered(Remembered),
    /// Others were in the way, or the connection broke before anything was committed: the same may be tried again.
    Again(DieselError),
    /// Anything else.
    Fault(Fault),
}

impl From<DieselError> for Refusal {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
                match info.constraint_name().and_then(taken) {
                    Some(taken) => Self::Taken(taken),
                    None => Self::Fault(fault(error)),
                }
            }
            _ if is_collision(&error) || is_lost(&error) => Self::Again(error),
            _ => Self::Fault(fault(error)),
        }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Refusal> for CommitError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Stale(_) => Self::Stale,
            Refusal::Taken(taken) => Self::Taken(taken),
            Refusal::Remembered(remembered) => Self::Remembered(remembered),
            Refusal::Again(error) => Self::Fault(gave_up(error)),
            Refusal::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// A statement of its own decides on nothing read before, so only faults are left of a refusal.
impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Again(error) => gave_up(error),
            Refusal::Fault(fault) => fault,
            Refusal::Stale(_) | Refusal::Taken(_) | Refusal::Remembered(_) => {
                Self::defect("a statement of its own was refused")
            }
        }
    }
}

fn gave_up(error: DieselError) -> Fault {
    if is_collision(&error) { Fault::Contended } else { fault(error) }
}
