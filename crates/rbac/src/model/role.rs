use kernel::RoleKey;

use super::Pattern;

/// A named set of permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
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
