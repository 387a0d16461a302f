use kernel::{Detail, OrganizationId, Signal};

/// What use cases that span domains change.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Of users and sessions.
    Identity(identity::Change),
    /// Of organizations, members and invitations.
    Tenancy(tenancy::Change),
}

impl From<identity::Change> for Change {
    fn from(change: identity::Change) -> Self {
        Self::Identity(change)
    }
}

impl From<tenancy::Change> for Change {
    fn from(change: tenancy::Change) -> Self {
        Self::Tenancy(change)
    }
}

impl kernel::Change for Change {
    fn diff(&self) -> Vec<Detail> {
        match self {
            Self::Identity(change) => change.diff(),
            Self::Tenancy(change) => change.diff(),
        }
    }

    fn authorization(&self) -> Option<OrganizationId> {
        match self {
            Self::Identity(change) => change.authorization(),
            Self::Tenancy(change) => change.authorization(),
        }
    }

    fn signal(&self) -> Option<Signal> {
        match self {
            Self::Identity(change) => change.signal(),
            Self::Tenancy(change) => change.signal(),
        }
    }
}
