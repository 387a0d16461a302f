use std::collections::HashMap;

use kernel::{Narrowed, OrganizationId, Permission, RoleKey, UserId};

use crate::facts::Facts;
use crate::model::{Pattern, Role};
use crate::system;

/// One organization's authorization, compiled: permissions interned, each role flattened to a set of bits with
/// wildcards and inheritance resolved, so that a check is one probe and one bit test.
#[derive(Debug)]
pub struct Snapshot {
    organization: OrganizationId,
    version: i64,
    require_mfa: bool,
    permissions: Vec<Permission>,
    index: HashMap<Permission, usize>,
    roles: Vec<CompiledRole>,
    members: HashMap<UserId, Place>,
}

#[derive(Debug)]
struct CompiledRole {
    role: Role,
    held: Bits,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    role: usize,
    active: bool,
}

/// Who asks: a user, by a credential that may narrow them.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// Who, or by whose rights.
    pub user: UserId,
    /// To what; absent where it does not.
    pub narrowed: Option<&'a Narrowed>,
}

impl From<UserId> for Holder<'_> {
    fn from(user: UserId) -> Self {
        Self { user, narrowed: None }
    }
}

/// Why a check came out as it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The member's role holds it.
    HeldByRole,
    /// Nothing gives it.
    NotGranted,
    /// The membership is suspended.
    MemberSuspended,
    /// The user is no member.
    NotAMember,
    /// The organization knows no such permission.
    UnknownPermission,
    /// The user may, but not by this key or token.
    NotInScopes,
}

impl Reason {
    /// As told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HeldByRole => "held_by_role",
            Self::NotGranted => "not_granted",
            Self::MemberSuspended => "member_suspended",
            Self::NotAMember => "not_a_member",
            Self::UnknownPermission => "unknown_permission",
            Self::NotInScopes => "not_in_scopes",
        }
    }
}

/// The answer to a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the user may.
    pub allowed: bool,
    /// Why.
    pub reason: Reason,
}

/// Something that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// This pattern of this role holds the permission; the role is the member's own or one it inherits.
    Role {
        /// The role.
        role: RoleKey,
        /// What of it.
        pattern: Pattern,
    },
}

impl Snapshot {
    /// Compiles. A member whose role does not exist holds nothing.
    #[must_use]
    pub fn build(facts: Facts) -> Self {
        let known = system::PERMISSIONS.iter().map(|(permission, _)| permission.clone());
        let mut permissions: Vec<Permission> = known.chain(facts.permissions).collect();
        permissions.sort();
        permissions.dedup();
        let index: HashMap<_, _> = permissions.iter().cloned().enumerate().map(|(i, it)| (it, i)).collect();

        let all: Vec<Role> = system::roles().into_iter().chain(facts.roles).collect();
        let by_key = by_key(&all);
        let roles: Vec<CompiledRole> = all
            .iter()
            .map(|role| {
                let lineage = lineage(role, &all, &by_key);
                let mut held = Bits::none(permissions.len());
                for (i, permission) in permissions.iter().enumerate() {
                    if lineage.iter().any(|it| it.permissions.iter().any(|pattern| pattern.holds(permission))) {
                        held.set(i);
                    }
                }
                CompiledRole { role: role.clone(), held }
            })
            .collect();
        let members = facts
            .members
            .into_iter()
            .filter_map(|it| Some((it.user, Place { role: *by_key.get(&it.role)?, active: it.active })))
            .collect();
        let Facts { organization, version, require_mfa, .. } = facts;
        Self { organization, version, require_mfa, permissions, index, roles, members }
    }

    /// Whose it is.
    #[must_use]
    pub const fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// The `authorization_version` it is true of.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// Whether its members must prove who they are by more than one factor.
    #[must_use]
    pub const fn requires_mfa(&self) -> bool {
        self.require_mfa
    }

    /// Whether they may. Allocates nothing.
    #[must_use]
    pub fn check<'a>(&self, holder: impl Into<Holder<'a>>, permission: &Permission) -> Verdict {
        let no = |reason| Verdict { allowed: false, reason };
        let Holder { user, narrowed } = holder.into();
        let Some(place) = self.members.get(&user) else { return no(Reason::NotAMember) };
        if !place.active {
            return no(Reason::MemberSuspended);
        }
        let Some(&bit) = self.index.get(permission) else { return no(Reason::UnknownPermission) };
        if !self.roles[place.role].held.has(bit) {
            return no(Reason::NotGranted);
        }
        let admits = match narrowed {
            None => true,
            Some(Narrowed::ToRole(role)) => self.role(role).is_some_and(|it| it.held.has(bit)),
            Some(Narrowed::To(permissions)) => permissions.contains(permission),
        };
        if admits { Verdict { allowed: true, reason: Reason::HeldByRole } } else { no(Reason::NotInScopes) }
    }

    fn role(&self, key: &RoleKey) -> Option<&CompiledRole> {
        self.roles.iter().find(|it| it.role.key == *key)
    }

    /// Whether there is such a permission here.
    #[must_use]
    pub fn knows(&self, permission: &Permission) -> bool {
        self.index.contains_key(permission)
    }

    /// What decided for them, where anything did.
    #[must_use]
    pub fn explain<'a>(&self, holder: impl Into<Holder<'a>>, permission: &Permission) -> Vec<Because> {
        let holder = holder.into();
        if !self.check(holder, permission).allowed {
            return Vec::new();
        }
        let all: Vec<Role> = self.roles.iter().map(|it| it.role.clone()).collect();
        let by_key = by_key(&all);
        let own = self.members.get(&holder.user).map(|place| &self.roles[place.role].role);
        own.into_iter()
            .flat_map(|role| lineage(role, &all, &by_key))
            .flat_map(|role| role.permissions.iter().map(move |pattern| (role, pattern)))
            .filter(|(_, pattern)| pattern.holds(permission))
            .map(|(role, pattern)| Because::Role { role: role.key.clone(), pattern: pattern.clone() })
            .collect()
    }

    /// The member's role, and whether the membership counts.
    #[must_use]
    pub fn member(&self, user: UserId) -> Option<(&RoleKey, bool)> {
        self.members.get(&user).map(|place| (&self.roles[place.role].role.key, place.active))
    }

    /// Everything they may, in order.
    pub fn permissions_of<'a>(&'a self, holder: impl Into<Holder<'a>>) -> impl Iterator<Item = &'a Permission> {
        let holder = holder.into();
        self.permissions.iter().filter(move |permission| self.check(holder, permission).allowed)
    }

    /// Whether the organization has such a role.
    #[must_use]
    pub fn has_role(&self, role: &RoleKey) -> bool {
        self.role(role).is_some()
    }

    /// The first permission the role holds and the giver does not: nobody gives what they do not hold. The owner's role
    /// holds everything, also what is not declared yet, so only owners give it.
    #[must_use]
    pub fn beyond<'a>(&self, giver: impl Into<Holder<'a>>, role: &RoleKey) -> Option<&Permission> {
        let giver = giver.into();
        let compiled = self.role(role)?;
        let owns = giver.narrowed.is_none()
            && self.member(giver.user).is_some_and(|(key, active)| active && *key == RoleKey::OWNER);
        let mut held = self.permissions.iter().enumerate().filter(|(bit, _)| compiled.held.has(*bit));
        let lacking = held.clone().find(|(_, permission)| !self.check(giver, permission).allowed);
        lacking.or_else(|| held.next().filter(|_| *role == RoleKey::OWNER && !owns)).map(|(_, permission)| permission)
    }
}

/// Where each role is. The first of a name counts, so that none stands in for a system role.
fn by_key(roles: &[Role]) -> HashMap<RoleKey, usize> {
    roles.iter().enumerate().rev().map(|(i, role)| (role.key.clone(), i)).collect()
}

/// The role and all it inherits, each once; a cycle ends where it began.
fn lineage<'a>(role: &'a Role, all: &'a [Role], by_key: &HashMap<RoleKey, usize>) -> Vec<&'a Role> {
    let mut lineage = vec![role];
    let mut next = 0;
    while let Some(role) = lineage.get(next).copied() {
        for key in &role.inherits {
            if let Some(&i) = by_key.get(key)
                && !lineage.iter().any(|it| it.key == *key)
            {
                lineage.push(&all[i]);
            }
        }
        next += 1;
    }
    lineage
}

/// A set of small numbers.
#[derive(Clone, Debug)]
struct Bits(Box<[u64]>);

impl Bits {
    fn none(size: usize) -> Self {
        Self(vec![0; size.div_ceil(64)].into_boxed_slice())
    }

    fn set(&mut self, bit: usize) {
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    fn has(&self, bit: usize) -> bool {
        self.0[bit / 64] & (1 << (bit % 64)) != 0
    }
}

#[cfg(test)]
mod tests;
