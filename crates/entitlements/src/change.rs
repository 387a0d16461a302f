use kernel::{Detail, Write};

use crate::model::{QuotaGrant, Service, Subscription};

/// What this domain changes. Consumption is no change: it is a statement of its own.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a unit holds a few of them, and not for long")]
pub enum Change {
    /// A service with its plans.
    Service(Write<Service>),
    /// A subscription.
    Subscription(Write<Subscription>),
    /// What may be used beyond a plan's quota.
    QuotaGrant(Write<QuotaGrant>),
}

impl kernel::Change for Change {
    fn diff(&self) -> Vec<Detail> {
        match self {
            Self::Service(write) => write.diff(),
            Self::Subscription(write) => write.diff(),
            Self::QuotaGrant(write) => write.diff(),
        }
    }
}
