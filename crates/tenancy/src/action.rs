use kernel::{Detail, InvitationId, OrganizationId, Outcome, RoleKey, Scope, Target, UserId};

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
    /// A logo was sent that is none to be taken.
    LogoRefused {
        /// By whose member.
        organization: OrganizationId,
        /// Why.
        reason: &'static str,
    },
    /// An organization was deleted.
    OrganizationDeleted(OrganizationId),
    /// What was in a deleted organization is gone.
    OrganizationErased(OrganizationId),
    /// An organization is back.
    OrganizationRestored(OrganizationId),
    /// A membership does not count for now.
    MemberSuspended {
        /// Where.
        organization: OrganizationId,
        /// Who.
        user: UserId,
    },
    /// A membership counts again.
    MemberReactivated {
        /// Where.
        organization: OrganizationId,
        /// Who.
        user: UserId,
    },
    /// A member has another role.
    RoleAssigned {
        /// Where.
        organization: OrganizationId,
        /// Who.
        user: UserId,
    },
    /// Somebody tried to act on a member above them, or to give a role that holds what they do not.
    MemberRefused {
        /// Where.
        organization: OrganizationId,
        /// On whom.
        user: UserId,
        /// As what, where a role was to be given.
        role: Option<RoleKey>,
    },
    /// An invitation was sent once more, with another link.
    InvitationResent {
        /// To join what.
        organization: OrganizationId,
        /// Which.
        invitation: InvitationId,
    },
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
        "organization.logo_refused",
        "organization.deleted",
        "organization.restored",
        "organization.erased",
        "member.added",
        "member.removed",
        "member.stopped",
        "member.suspended",
        "member.reactivated",
        "member.refused",
        "role.assigned",
        "invitation.created",
        "invitation.resent",
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
            Self::LogoRefused { .. } => "organization.logo_refused",
            Self::OrganizationDeleted(_) => "organization.deleted",
            Self::OrganizationRestored(_) => "organization.restored",
            Self::OrganizationErased(_) => "organization.erased",
            Self::MemberAdded { .. } => "member.added",
            Self::MemberRemoved { .. } => "member.removed",
            Self::MemberStopped { .. } => "member.stopped",
            Self::MemberSuspended { .. } => "member.suspended",
            Self::MemberReactivated { .. } => "member.reactivated",
            Self::MemberRefused { .. } => "member.refused",
            Self::RoleAssigned { .. } => "role.assigned",
            Self::InvitationCreated { .. } => "invitation.created",
            Self::InvitationResent { .. } => "invitation.resent",
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
            | Self::OrganizationRestored(organization)
            | Self::LogoRefused { organization, .. }
            | Self::OrganizationErased(organization)
            | Self::InvitationRefused(organization) => Target::new("organization", organization),
            Self::MemberAdded { user, .. }
            | Self::MemberRemoved { user, .. }
            | Self::MemberStopped { user, .. }
            | Self::MemberSuspended { user, .. }
            | Self::MemberReactivated { user, .. }
            | Self::MemberRefused { user, .. }
            | Self::RoleAssigned { user, .. } => Target::new("member", user),
            Self::InvitationCreated { invitation, .. }
            | Self::InvitationResent { invitation, .. }
            | Self::InvitationAccepted { invitation, .. }
            | Self::InvitationCancelled { invitation, .. } => Target::new("invitation", invitation),
        }
    }

    fn scope(&self) -> Scope {
        match self {
            Self::OrganizationCreated(organization)
            | Self::OrganizationUpdated(organization)
            | Self::OrganizationDeleted(organization)
            | Self::OrganizationRestored(organization)
            | Self::OrganizationErased(organization)
            | Self::InvitationRefused(organization)
            | Self::LogoRefused { organization, .. }
            | Self::MemberAdded { organization, .. }
            | Self::MemberRemoved { organization, .. }
            | Self::MemberStopped { organization, .. }
            | Self::MemberSuspended { organization, .. }
            | Self::MemberReactivated { organization, .. }
            | Self::MemberRefused { organization, .. }
            | Self::RoleAssigned { organization, .. }
            | Self::InvitationResent { organization, .. }
            | Self::InvitationCreated { organization, .. }
            | Self::InvitationAccepted { organization, .. }
            | Self::InvitationCancelled { organization, .. } => Scope::Organization(*organization),
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::InvitationRefused(_) | Self::MemberRefused { role: Some(_), .. } => {
                Outcome::Refused("role_beyond_own")
            }
            Self::MemberRefused { role: None, .. } => Outcome::Refused("member_above"),
            Self::LogoRefused { reason, .. } => Outcome::Refused(reason),
            _ => Outcome::Done,
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::MemberRefused { role: Some(role), .. } => vec![Detail::public("role", role.as_str())],
            _ => Vec::new(),
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
            Action::LogoRefused { organization, reason: "not_a_picture" },
            Action::OrganizationDeleted(organization),
            Action::OrganizationRestored(organization),
            Action::OrganizationErased(organization),
            Action::MemberAdded { organization, user },
            Action::MemberRemoved { organization, user },
            Action::MemberStopped { organization, user },
            Action::MemberSuspended { organization, user },
            Action::MemberReactivated { organization, user },
            Action::MemberRefused { organization, user, role: None },
            Action::RoleAssigned { organization, user },
            Action::InvitationCreated { organization, invitation },
            Action::InvitationResent { organization, invitation },
            Action::InvitationAccepted { organization, invitation },
            Action::InvitationCancelled { organization, invitation },
            Action::InvitationRefused(organization),
        ];
        assert_eq!(every.map(|it| it.code()), Action::ALL);
    }
}
