use kernel::{Detail, OrganizationId, Recorded, RoleKey, Time, UserId};

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

impl Recorded for Member {
    fn record(&self) -> Vec<Detail> {
        vec![
            Detail::public("user", self.user.to_string()),
            Detail::public("role", self.role.as_str()),
            Detail::public("status", self.status.as_str()),
        ]
    }
}
