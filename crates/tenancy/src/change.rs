use kernel::{Detail, OrganizationId, Touched, Write};

use crate::model::{Invitation, Member, Organization};

/// What this domain changes.
///
/// [`Change::Erase`]: SET-8 MUST leave nothing that belongs to the organization, whichever domain's it is, but its id, its
/// slugs, and what the audit log says of it; and every node learns that its keys are worth nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// An organization.
    Organization(Write<Organization>),
    /// A member.
    Member(Write<Member>),
    /// An invitation.
    Invitation(Write<Invitation>),
    /// All that is in an organization goes.
    Erase(OrganizationId),
}

impl kernel::Change for Change {
    fn diff(&self) -> Vec<Detail> {
        match self {
            Self::Organization(write) => write.diff(),
            Self::Member(write) => write.diff(),
            Self::Invitation(write) => write.diff(),
            Self::Erase(_) => Vec::new(),
        }
    }

    fn authorization(&self) -> Option<(OrganizationId, Touched)> {
        match self {
            Self::Organization(write) => Some((write.subject().id, Touched::Rules)),
            Self::Member(write) => Some((write.subject().organization, Touched::Member(write.subject().user))),
            Self::Erase(organization) => Some((*organization, Touched::Rules)),
            Self::Invitation(_) => None,
        }
    }
}
