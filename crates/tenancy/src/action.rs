use kernel::{InvitationId, OrganizationId, Outcome, Scope, Target, UserId};

/// What this domain records.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// An organization was founded.
    OrganizationCreated(OrganizationId),
    /// A user became a member.
    MemberAdded {
        /// Where.
        organization: OrganizationId,
        /// Who.
        user: UserId,
    },
    /// A user is no member any more.
    MemberRemoved {
        /// Where.
        organization: OrganizationId,
        /// Who.
        user: UserId,
    },
    /// A member's account is on its way out.
    MemberStopped {
        /// Where.
        organization: OrganizationId,
        /// Who.
        user: UserId,
    },
    /// An organization was changed.
    OrganizationUpdated(OrganizationId),
    /// An organization was deleted.
    OrganizationDeleted(OrganizationId),
    /// An invitation was taken back.
    InvitationCancelled {
        /// To join what.
        organization: OrganizationId,
        /// Which.
        invitation: InvitationId,
    },
    /// Somebody was invited.
    InvitationCreated {
        /// To join what.
        organization: OrganizationId,
        /// Which.
        invitation: InvitationId,
    },
    /// An invitation was used.
    InvitationAccepted {
        /// To join what.
        organization: OrganizationId,
        /// Which.
        invitation: InvitationId,
    },
    /// Somebody tried to invite with a role that holds what they do not.
    InvitationRefused(OrganizationId),
}

impl Action {
    /// Every code.
    pub const ALL: &'static [&'static str] = &[
        "organization.created",
        "organization.updated",
        "organization.deleted",
        "member.added",
        "member.removed",
        "member.stopped",
        "invitation.created",
        "invitation.accepted",
        "invitation.cancelled",
        "invitation.refused",
    ];
}

impl kernel::Action for Action {
    fn code(&self) -> &'static str {
        match self {
            Self::OrganizationCreated(_) => "organization.created",
            Self::OrganizationUpdated(_) => "organization.updated",
            Self::OrganizationDeleted(_) => "organization.deleted",
            Self::MemberAdded { .. } => "member.added",
            Self::MemberRemoved { .. } => "member.removed",
            Self::MemberStopped { .. } => "member.stopped",
            Self::InvitationCreated { .. } => "invitation.created",
            Self::InvitationAccepted { .. } => "invitation.accepted",
            Self::InvitationCancelled { .. } => "invitation.cancelled",
            Self::InvitationRefused(_) => "invitation.refused",
        }
    }

    fn target(&self) -> Target {
        match self {
            Self::OrganizationCreated(organization)
            | Self::OrganizationUpdated(organization)
            | Self::OrganizationDeleted(organization)
            | Self::InvitationRefused(organization) => Target::new("organization", organization),
            Self::MemberAdded { user, .. } | Self::MemberRemoved { user, .. } | Self::MemberStopped { user, .. } => {
                Target::new("member", user)
            }
            Self::InvitationCreated { invitation, .. }
            | Self::InvitationAccepted { invitation, .. }
            | Self::InvitationCancelled { invitation, .. } => Target::new("invitation", invitation),
        }
    }

    fn scope(&self) -> Scope {
        match self {
            Self::OrganizationCreated(organization)
            | Self::OrganizationUpdated(organization)
            | Self::OrganizationDeleted(organization)
            | Self::InvitationRefused(organization)
            | Self::MemberAdded { organization, .. }
            | Self::MemberRemoved { organization, .. }
            | Self::MemberStopped { organization, .. }
            | Self::InvitationCreated { organization, .. }
            | Self::InvitationAccepted { organization, .. }
            | Self::InvitationCancelled { organization, .. } => Scope::Organization(*organization),
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::InvitationRefused(_) => Outcome::Refused("role_beyond_own"),
            _ => Outcome::Done,
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Action as _;
    use kernel::testing::nth;

    use super::*;

    #[test]
    fn all_lists_every_code() {
        let (organization, invitation) = (nth(1), nth(2));
        let user = nth(3);
        let every = [
            Action::OrganizationCreated(organization),
            Action::OrganizationUpdated(organization),
            Action::OrganizationDeleted(organization),
            Action::MemberAdded { organization, user },
            Action::MemberRemoved { organization, user },
            Action::MemberStopped { organization, user },
            Action::InvitationCreated { organization, invitation },
            Action::InvitationAccepted { organization, invitation },
            Action::InvitationCancelled { organization, invitation },
            Action::InvitationRefused(organization),
        ];
        assert_eq!(every.map(|it| it.code()), Action::ALL);
    }
}
