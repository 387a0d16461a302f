use kernel::{Detail, Write};

use crate::model::{Service, Subscription};

/// What this domain changes. Consumption is no change: it is a statement of its own.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A service with its plans.
    Service(Write<Service>),
    /// A subscription.
    Subscription(Write<Subscription>),
}

impl kernel::Change for Change {
    fn diff(&self) -> Vec<Detail> {
        match self {
            Self::Service(write) => write.diff(),
            Self::Subscription(write) => write.diff(),
        }
    }
}
