use kernel::{OrganizationId, Permission, RoleKey, Time, UserId};
use serde::{Deserialize, Serialize};

use crate::model::{Effect, Grant, Role};
use crate::system;

/// All that decides who may do what in one organization, read in one consistent moment. As JSON it is what
/// `GET /organizations/{id}/authorization-snapshot` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Whose.
    #[serde(rename = "organization_id")]
    pub organization: OrganizationId,
    /// The `authorization_version` all of it is true of.
    pub version: i64,
    /// What holds for everybody.
    #[serde(flatten)]
    pub rules: Rules,
    /// Its members.
    pub members: Vec<MemberFact>,
}

/// What holds for everybody in an organization.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Whether its members must prove who they are by more than one factor.
    pub require_mfa: bool,
    /// Its roles; the system's stand beside them, said or not.
    pub roles: Vec<Role>,
    /// Its permissions; the system's stand beside them, said or not.
    pub permissions: Vec<Permission>,
}

impl Rules {
    /// With the system's roles and permissions said too, for who does not know them; the permissions in order.
    #[must_use]
    pub fn whole(self) -> Self {
        let known = system::PERMISSIONS.iter().map(|(permission, _)| permission.clone());
        let mut permissions: Vec<Permission> = known.chain(self.permissions).collect();
        permissions.sort_unstable();
        permissions.dedup();
        Self { roles: system::roles().into_iter().chain(self.roles).collect(), permissions, ..self }
    }
}

/// A member, as far as decisions need it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberFact {
    /// Who.
    #[serde(rename = "user_id")]
    pub user: UserId,
    /// As what.
    pub role: RoleKey,
    /// Whether the membership counts.
    pub active: bool,
    /// What they were given or denied directly; one at most of each permission.
    #[serde(default)]
    pub grants: Vec<GrantFact>,
}

/// A grant, as far as decisions need it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantFact {
    /// What.
    pub permission: Permission,
    /// Given or denied.
    pub effect: Effect,
    /// Until when; without end where absent.
    pub expires_at: Option<Time>,
}

impl From<&Grant> for GrantFact {
    fn from(grant: &Grant) -> Self {
        Self { permission: grant.permission.clone(), effect: grant.effect, expires_at: grant.expires_at }
    }
}

/// What became of some members, and of the rules where they were asked for, read in one consistent moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// The `authorization_version` all of it is true of.
    pub version: i64,
    /// The rules.
    pub rules: Option<Rules>,
    /// Each member that was asked for; absent who is none any more.
    pub members: Vec<(UserId, Option<MemberFact>)>,
}

/// Why facts could not be read.
#[derive(Debug, thiserror::Error)]
#[error("these are no facts of an organization: {0}")]
pub struct Unreadable(#[from] serde_json::Error);

impl Facts {
    /// Reads what `GET /organizations/{id}/authorization-snapshot` answered. What it says beyond what is known here is
    /// passed over.
    pub fn from_json(json: &[u8]) -> Result<Self, Unreadable> {
        Ok(serde_json::from_slice(json)?)
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, nth};

    use super::*;
    use crate::model::Pattern;

    #[test]
    fn facts_are_read_as_they_are_written() {
        let facts = Facts {
            organization: nth(60),
            version: 7,
            rules: Rules {
                require_mfa: true,
                roles: vec![Role {
                    id: nth(9),
                    key: RoleKey::parse("keeper").unwrap(),
                    name: "Keeper".into(),
                    permissions: vec![Pattern::parse("hives.*").unwrap()],
                    inherits: vec![RoleKey::MEMBER],
                    is_system: false,
                }],
                permissions: vec![Permission::known("hives.open")],
            },
            members: vec![MemberFact {
                user: nth(1),
                role: RoleKey::MEMBER,
                active: true,
                grants: vec![GrantFact {
                    permission: Permission::known("hives.open"),
                    effect: Effect::Deny,
                    expires_at: Some(NOON),
                }],
            }],
        };
        let json = serde_json::to_vec(&facts).unwrap();
        assert_eq!(Facts::from_json(&json).unwrap(), facts);
        for bad in ["", "{}", &String::from_utf8(json).unwrap().replace("hives.*", "hives.")] {
            assert!(Facts::from_json(bad.as_bytes()).unwrap_err().to_string().starts_with("these are no facts"));
        }
    }
}
