use std::error::Error;
use std::time::Duration;

/// What went wrong that is nobody's input and no rule: the rest of every port's errors. It is opaque on purpose;
/// nothing decides on its inside, it is logged and becomes a 503 or a 500.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A part is out of reach; trying again later makes sense.
    #[error("a part is unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// Too much at once; come back after this.
    #[error("overloaded")]
    Overloaded(Duration),
    /// Others kept changing the same thing until the patience ran out.
    #[error("contended")]
    Contended,
    /// The `Idempotency-Key` was used before for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// A defect: ours, or of what we stored.
    #[error("failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl Fault {
    /// A defect, in words.
    #[must_use]
    pub fn defect(what: impl Into<String>) -> Self {
        Self::Failed(what.into().into())
    }
}
