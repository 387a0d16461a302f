use kernel::{Detail, OrganizationId, Outcome, Permission, RoleKey, Scope, Target, UserId};

/// What this domain records.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Somebody tried what they may not.
    Denied {
        /// Where; absent where it concerns the whole installation.
        organization: Option<OrganizationId>,
        /// What was needed.
        permission: Permission,
        /// Why they may not.
        reason: &'static str,
        /// How many equal attempts the entry stands for.
        times: u32,
    },
    /// Something was done to a role.
    Role {
        /// What.
        deed: Deed,
        /// Whose it is.
        organization: OrganizationId,
        /// Which.
        role: RoleKey,
    },
    /// Something was done to a permission that the organization declared.
    Permission {
        /// What.
        deed: Deed,
        /// Whose it is.
        organization: OrganizationId,
        /// Which.
        permission: Permission,
    },
    /// A member may more than before.
    Granted(Grantee),
    /// A member may less than before.
    Revoked(Grantee),
    /// Somebody tried to give, or to take from somebody above them.
    GrantRefused(Grantee),
}

/// What is done to what an organization makes for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// It is new.
    Created,
    /// It is another.
    Updated,
    /// It is gone.
    Deleted,
    /// It was tried by somebody who does not hold what it would hold.
    Refused,
}

/// Who was given or denied what.
#[derive(Clone, Debug, PartialEq)]
pub struct Grantee {
    /// Where.
    pub organization: OrganizationId,
    /// Who.
    pub user: UserId,
    /// What.
    pub permission: Permission,
}

impl Action {
    /// Every code.
    pub const ALL: &'static [&'static str] = &[
        "access.denied",
        "role.created",
        "role.updated",
        "role.deleted",
        "role.refused",
        "permission.declared",
        "permission.withdrawn",
        "permission.granted",
        "permission.revoked",
        "permission.refused",
    ];
}

impl kernel::Action for Action {
    fn code(&self) -> &'static str {
        match self {
            Self::Denied { .. } => "access.denied",
            Self::Role { deed: Deed::Created, .. } => "role.created",
            Self::Role { deed: Deed::Updated, .. } => "role.updated",
            Self::Role { deed: Deed::Deleted, .. } => "role.deleted",
            Self::Role { deed: Deed::Refused, .. } => "role.refused",
            Self::Permission { deed: Deed::Deleted, .. } => "permission.withdrawn",
            Self::Permission { deed: Deed::Refused, .. } | Self::GrantRefused(_) => "permission.refused",
            Self::Permission { .. } => "permission.declared",
            Self::Granted(_) => "permission.granted",
            Self::Revoked(_) => "permission.revoked",
        }
    }

    fn target(&self) -> Target {
        match self {
            Self::Role { role, .. } => Target::new("role", role),
            Self::Denied { permission, .. } | Self::Permission { permission, .. } => {
                Target::new("permission", permission)
            }
            Self::Granted(given) | Self::Revoked(given) | Self::GrantRefused(given) => {
                Target::new("member", &given.user)
            }
        }
    }

    fn scope(&self) -> Scope {
        match self {
            Self::Denied { organization, .. } => organization.map_or(Scope::Installation, Scope::Organization),
            Self::Role { organization, .. } | Self::Permission { organization, .. } => {
                Scope::Organization(*organization)
            }
            Self::Granted(given) | Self::Revoked(given) | Self::GrantRefused(given) => {
                Scope::Organization(given.organization)
            }
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::Denied { reason, .. } => Outcome::Refused(reason),
            Self::Role { deed: Deed::Refused, .. }
            | Self::Permission { deed: Deed::Refused, .. }
            | Self::GrantRefused(_) => Outcome::Refused("beyond_own"),
            _ => Outcome::Done,
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::Denied { times, .. } => vec![Detail::public("times", *times)],
            Self::Granted(given) | Self::Revoked(given) | Self::GrantRefused(given) => {
                vec![Detail::public("permission", given.permission.as_str())]
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Action as _;
    use kernel::testing::nth;

    use super::*;
    use crate::system;

    #[test]
    fn all_lists_every_code() {
        let (organization, permission) = (nth(1), system::TEAM_VIEW);
        let role = |deed| Action::Role { deed, organization, role: RoleKey::MEMBER };
        let declared = |deed| Action::Permission { deed, organization, permission: permission.clone() };
        let given = || Grantee { organization, user: nth(2), permission: permission.clone() };
        let every = [
            Action::Denied {
                organization: Some(organization),
                permission: permission.clone(),
                reason: "permission_denied",
                times: 1,
            },
            role(Deed::Created),
            role(Deed::Updated),
            role(Deed::Deleted),
            role(Deed::Refused),
            declared(Deed::Created),
            declared(Deed::Deleted),
            Action::Granted(given()),
            Action::Revoked(given()),
            Action::GrantRefused(given()),
        ];
        assert_eq!(every.map(|it| it.code()), Action::ALL);
        let refused = declared(Deed::Refused);
        assert_eq!((refused.code(), refused.outcome()), ("permission.refused", Outcome::Refused("beyond_own")));
    }
}
