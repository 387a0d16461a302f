use kernel::{Detail, OrganizationId, Touched, Write};

use crate::model::{CustomPermission, CustomRole, Grant};

/// What this domain changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A role of an organization's own.
    Role(Write<CustomRole>),
    /// What a member was given or denied directly.
    Grant(Write<Grant>),
    /// A permission that an organization declared.
    Permission(Write<CustomPermission>),
}

impl kernel::Change for Change {
    fn diff(&self) -> Vec<Detail> {
        match self {
            Self::Role(write) => write.diff(),
            Self::Grant(write) => write.diff(),
            Self::Permission(write) => write.diff(),
        }
    }

    fn authorization(&self) -> Option<(OrganizationId, Touched)> {
        Some(match self {
            Self::Role(write) => (write.subject().organization, Touched::Rules),
            Self::Grant(write) => (write.subject().organization, Touched::Member(write.subject().user)),
            Self::Permission(write) => (write.subject().organization, Touched::Rules),
        })
    }
}
