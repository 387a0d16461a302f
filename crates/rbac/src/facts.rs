use kernel::{OrganizationId, Permission, RoleKey, UserId};

use crate::model::Role;

/// All that decides who may do what in one organization, read in one consistent moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Whose.
    pub organization: OrganizationId,
    /// The `authorization_version` all of it is true of.
    pub version: i64,
    /// Whether its members must prove who they are by more than one factor.
    pub require_mfa: bool,
    /// The organization's own roles, beside the system's.
    pub roles: Vec<Role>,
    /// The organization's own permissions, beside the system's.
    pub permissions: Vec<Permission>,
    /// Its members.
    pub members: Vec<MemberFact>,
}

/// A member, as far as decisions need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberFact {
    /// Who.
    pub user: UserId,
    /// As what.
    pub role: RoleKey,
    /// Whether the membership counts.
    pub active: bool,
}
