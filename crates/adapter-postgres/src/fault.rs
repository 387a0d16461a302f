use std::error::Error;

use deadpool::managed;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::pooled_connection::PoolError;
use kernel::Fault;

/// What the database said, as far as ports tell it.
pub(crate) fn fault(error: DieselError) -> Fault {
    if is_lost(&error) || is_too_slow(&error) { Fault::Unavailable(error.into()) } else { Fault::Failed(error.into()) }
}

pub(crate) fn out_of_reach(error: impl Error + Send + Sync + 'static) -> Fault {
    Fault::Unavailable(error.into())
}

pub(crate) fn from_pool(error: managed::PoolError<PoolError>) -> Fault {
    Fault::Unavailable(error.into())
}

/// What was stored does not read as what it should be.
pub(crate) fn corrupt(what: &'static str) -> Fault {
    Fault::defect(format!("a stored {what} does not read"))
}

/// Whether the connection is gone, and with it whatever was under way.
pub(crate) fn is_lost(error: &DieselError) -> bool {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _)
        | DieselError::BrokenTransactionManager => true,
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, info) => {
            info.message().starts_with("terminating connection") || info.message().starts_with("the database system is")
        }
        _ => false,
    }
}

/// Whether two transactions stood in each other's way: nothing was written, and the same may be tried again. `SQLSTATE`
/// does not reach us, so a deadlock is known by its words; the pool asks for them in English where it may.
pub(crate) fn is_collision(error: &DieselError) -> bool {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, info) => info.message().contains("deadlock detected"),
        _ => false,
    }
}

fn is_too_slow(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::Unknown, info)
        if info.message().contains("statement timeout") || info.message().contains("lock timeout"))
}
