use kernel::{Detail, OrganizationId, Permission, Recorded, Time, UserId};
use serde::{Deserialize, Serialize};

/// What a grant does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The member may, whatever their role holds.
    Allow,
    /// The member may not, whatever their role holds.
    Deny,
}

impl Effect {
    /// As stored and told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }

    /// `None` for any other word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Allow, Self::Deny].into_iter().find(|it| it.as_str() == text)
    }
}

/// A permission given or denied to one member directly; one at most of each permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Where.
    pub organization: OrganizationId,
    /// To whom.
    pub user: UserId,
    /// What.
    pub permission: Permission,
    /// Given or denied.
    pub effect: Effect,
    /// Until when; without end where absent.
    pub expires_at: Option<Time>,
    /// Who gave or denied it.
    pub granted_by: UserId,
    /// When it was made, or last replaced.
    pub created_at: Time,
    /// Moves on with every change; the store sets it.
    pub version: i64,
}

impl Grant {
    /// Whether it counts.
    #[must_use]
    pub fn is_live(&self, at: Time) -> bool {
        self.expires_at.is_none_or(|end| at < end)
    }
}

impl Recorded for Grant {
    fn record(&self) -> Vec<Detail> {
        vec![
            Detail::public("user", self.user.to_string()),
            Detail::public("effect", self.effect.as_str()),
            Detail::public("expires_at", self.expires_at.map(kernel::rfc3339)),
        ]
    }
}
