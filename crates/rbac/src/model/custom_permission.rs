use kernel::{Detail, OrganizationId, Permission, Recorded, Time};
use serde::{Deserialize, Serialize};

use crate::system;

/// A permission that an organization declared for its own applications. We keep and answer it; what it opens is theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomPermission {
    /// Whose.
    pub organization: OrganizationId,
    /// Its name.
    pub permission: Permission,
    /// What it is for: at most 200 characters.
    pub description: String,
    /// When it was declared.
    pub created_at: Time,
    /// Moves on with every change; the store sets it.
    pub version: i64,
}

impl CustomPermission {
    /// Whether an organization may declare it. What begins like one of ours may not: a role that holds `team.*` would hold
    /// it by surprise.
    #[must_use]
    pub fn may_be(permission: &Permission) -> bool {
        let resource = |it: &Permission| it.as_str().split('.').next().unwrap_or_default().to_owned();
        let own = resource(permission);
        system::PERMISSIONS.iter().all(|(ours, _)| resource(ours) != own) && own != "platform"
    }
}

impl Recorded for CustomPermission {
    fn record(&self) -> Vec<Detail> {
        vec![
            Detail::public("permission", self.permission.as_str()),
            Detail::public("description", self.description.as_str()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_one_of_ours_is_nobodys_to_declare() {
        for (permission, good) in [
            ("hives.open", true),
            ("teams.view", true),
            ("team.paint", false),
            ("audit.x.view", false),
            ("platform.administer", false),
        ] {
            assert_eq!(CustomPermission::may_be(&Permission::known(permission)), good, "{permission}");
        }
    }
}
