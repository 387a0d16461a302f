use kernel::{Detail, OrganizationId, Touched, Write};

use crate::model::{Invitation, Member, Organization};

/// What this domain changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// An organization.
    Organization(Write<Organization>),
    /// A member.
    Member(Write<Member>),
    /// An invitation.
    Invitation(Write<Invitation>),
}

impl kernel::Change for Change {
    fn diff(&self) -> Vec<Detail> {
        match self {
            Self::Organization(write) => write.diff(),
            Self::Member(write) => write.diff(),
            Self::Invitation(write) => write.diff(),
        }
    }

    fn authorization(&self) -> Option<(OrganizationId, Touched)> {
        match self {
            Self::Organization(write) => Some((write.subject().id, Touched::Rules)),
            Self::Member(write) => Some((write.subject().organization, Touched::Member(write.subject().user))),
            Self::Invitation(_) => None,
        }
    }
}
