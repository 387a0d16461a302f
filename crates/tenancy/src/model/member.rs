use kernel::{Detail, OrganizationId, Recorded, RoleKey, Time, UserId};

use super::Organization;

/// Whether a membership counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberStatus {
    /// It does.
    Active,
    /// Not for now.
    Suspended,
}

impl MemberStatus {
    /// As stored and told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

/// A user in an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Where.
    pub organization: OrganizationId,
    /// Who.
    pub user: UserId,
    /// As what.
    pub role: RoleKey,
    /// Whether it counts.
    pub status: MemberStatus,
    /// Since when.
    pub joined_at: Time,
    /// Moves on with every change; the store sets it.
    pub version: i64,
}

/// A member's place in an organization, as of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where.
    pub organization: Organization,
    /// The `authorization_version` this is true of.
    pub version: i64,
    /// The membership.
    pub member: Member,
    /// Owners besides who may act: neither account nor membership is suspended.
    pub other_owners: u64,
}

impl Place {
    /// An organization always has an owner who may act (contract section 5).
    #[must_use]
    pub fn is_last_owners(&self) -> bool {
        self.member.role == RoleKey::OWNER && self.other_owners == 0
    }
}

impl Recorded for Member {
    fn record(&self) -> Vec<Detail> {
        vec![
            Detail::public("user", self.user.to_string()),
            Detail::public("role", self.role.as_str()),
            Detail::public("status", self.status.as_str()),
        ]
    }
}
