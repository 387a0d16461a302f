use kernel::{Detail, OrganizationId, Recorded, RoleId, RoleKey, Time};
use serde::{Deserialize, Serialize};

use super::Pattern;

/// A named set of permissions, as far as decisions need it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Its name within the organization.
    pub key: RoleKey,
    /// What people call it.
    pub name: String,
    /// What it holds itself.
    pub permissions: Vec<Pattern>,
    /// Whose permissions it holds besides.
    pub inherits: Vec<RoleKey>,
    /// Whether it comes with every organization and can't be changed.
    pub is_system: bool,
}

/// A role of one organization's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomRole {
    /// Its id.
    pub id: RoleId,
    /// Whose.
    pub organization: OrganizationId,
    /// Its name; it never changes.
    pub key: RoleKey,
    /// What people call it: 1 to 100 characters.
    pub name: String,
    /// What it holds itself.
    pub permissions: Vec<Pattern>,
    /// Whose permissions it holds besides.
    pub inherits: Vec<RoleKey>,
    /// When it was made.
    pub created_at: Time,
    /// Moves on with every change; the store sets it.
    pub version: i64,
}

impl From<&CustomRole> for Role {
    fn from(role: &CustomRole) -> Self {
        Self {
            id: role.id,
            key: role.key.clone(),
            name: role.name.clone(),
            permissions: role.permissions.clone(),
            inherits: role.inherits.clone(),
            is_system: false,
        }
    }
}

impl Recorded for CustomRole {
    fn record(&self) -> Vec<Detail> {
        let texts = |it: &mut dyn Iterator<Item = String>| it.collect::<Vec<_>>();
        vec![
            Detail::public("key", self.key.as_str()),
            Detail::public("name", self.name.as_str()),
            Detail::public("permissions", texts(&mut self.permissions.iter().map(ToString::to_string))),
            Detail::public("inherits", texts(&mut self.inherits.iter().map(ToString::to_string))),
        ]
    }
}
