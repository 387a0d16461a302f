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
    pub const ALL: &'static [&'static str] =
        &["organization.created", "member.added", "invitation.created", "invitation.accepted", "invitation.refused"];
}

impl kernel::Action for Action {
    fn code(&self) -> &'static str {
        match self {
            Self::OrganizationCreated(_) => "organization.created",
            Self::MemberAdded { .. } => "member.added",
            Self::InvitationCreated { .. } => "invitation.created",
            Self::InvitationAccepted { .. } => "invitation.accepted",
            Self::InvitationRefused(_) => "invitation.refused",
        }
    }

    fn target(&self) -> Target {
        match self {
            Self::OrganizationCreated(organization) | Self::InvitationRefused(organization) => {
                Target::new("organization", organization)
            }
            Self::MemberAdded { user, .. } => Target::new("member", user),
            Self::InvitationCreated { invitation, .. } | Self::InvitationAccepted { invitation, .. } => {
                Target::new("invitation", invitation)
            }
        }
    }

    fn scope(&self) -> Scope {
        match self {
            Self::OrganizationCreated(organization)
            | Self::InvitationRefused(organization)
            | Self::MemberAdded { organization, .. }
            | Self::InvitationCreated { organization, .. }
            | Self::InvitationAccepted { organization, .. } => Scope::Organization(*organization),
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
        let every = [
            Action::OrganizationCreated(organization),
            Action::MemberAdded { organization, user: nth(3) },
            Action::InvitationCreated { organization, invitation },
            Action::InvitationAccepted { organization, invitation },
            Action::InvitationRefused(organization),
        ];
        assert_eq!(every.map(|it| it.code()), Action::ALL);
    }
}
