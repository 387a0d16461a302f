use kernel::{Detail, OrganizationId, Signal, Touched};

/// What use cases that span domains change.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Of users and sessions.
    Identity(identity::Change),
    /// Of organizations, members and invitations.
    Tenancy(tenancy::Change),
    /// Of roles, grants and permissions.
    Rbac(rbac::Change),
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

impl From<rbac::Change> for Change {
    fn from(change: rbac::Change) -> Self {
        Self::Rbac(change)
    }
}

impl kernel::Change for Change {
    fn diff(&self) -> Vec<Detail> {
        match self {
            Self::Identity(change) => change.diff(),
            Self::Tenancy(change) => change.diff(),
            Self::Rbac(change) => change.diff(),
        }
    }

    fn authorization(&self) -> Option<(OrganizationId, Touched)> {
        match self {
            Self::Identity(change) => change.authorization(),
            Self::Tenancy(change) => change.authorization(),
            Self::Rbac(change) => change.authorization(),
        }
    }

    fn signal(&self) -> Option<Signal> {
        match self {
            Self::Identity(change) => change.signal(),
            Self::Tenancy(change) => change.signal(),
            Self::Rbac(change) => change.signal(),
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, nth};
    use kernel::{Change as _, RoleKey, Write};

    use super::*;
    use crate::testing::{ACME, JOHN, holding};

    #[test]
    fn what_the_domains_say_of_a_change_is_said_of_it_here() {
        let session = identity::testing::session(nth(1), nth(JOHN));
        let next = identity::Session { ended_at: Some(NOON), ..session.clone() };
        let ended = identity::Change::Session(Write::Save { expected: session, next });
        let here = Change::from(ended.clone());
        assert_eq!((here.diff(), here.signal()), (ended.diff(), ended.signal()));
        assert!(here.signal().is_some() && here.authorization().is_none());

        let added = tenancy::Change::Member(Write::Add(holding(ACME, RoleKey::MEMBER, 0, 0).member));
        let here = Change::from(added.clone());
        assert_eq!((here.diff(), here.authorization(), here.signal()), (added.diff(), added.authorization(), None));
        assert_eq!(here.authorization(), Some((nth(ACME), Touched::Member(nth(JOHN)))));
        assert!(!here.diff().is_empty());
    }
}
