use kernel::{Fault, Problems, Taken};

/// Why this domain says no.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input breaks rules.
    #[error("the given data was invalid")]
    Invalid(Problems),
    /// There is no such endpoint or delivery.
    #[error("not found")]
    NotFound,
    /// The endpoint is sent nothing.
    #[error("the endpoint is disabled")]
    Disabled,
    /// The organization has as many endpoints as it may have.
    #[error("too many endpoints")]
    TooMany,
    /// Too many secrets sign already.
    #[error("too many secrets")]
    TooManySecrets,
    /// Nobody's fault but ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Taken> for Error {
    fn from(taken: Taken) -> Self {
        Self::Fault(Fault::defect(format!("{} is taken", taken.0)))
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Invalid(problems)
    }
}
