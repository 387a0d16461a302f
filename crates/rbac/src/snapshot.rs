use std::sync::Arc;

use kernel::{Act, Narrowed, OrganizationId, Permission, RoleId, RoleKey, Time, UserId};

use crate::facts::{self, Delta, Facts, MemberFact};
use crate::model::{Effect, Pattern};

mod explain;
mod giving;
mod members;
mod rules;
mod vocabulary;

pub use explain::{Because, Explanation};
pub use giving::Hold;
use members::{Members, Place};
use rules::Rules;
use vocabulary::Bit;
pub use vocabulary::Vocabularies;

/// One organization's authorization, compiled: permissions interned, each role flattened to a set of bits with wildcards and
/// inheritance resolved, so that a check is one probe and one bit test. Roles are kept symbolically besides, for
/// [`Snapshot::explain`].
///
/// A snapshot never changes; the next one shares with it whatever is the same.
#[derive(Debug)]
pub struct Snapshot {
    organization: OrganizationId,
    version: i64,
    rules: Arc<Rules>,
    members: Members,
}

/// Who asks, and when: a user, by a credential that may narrow them.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// Who, or by whose rights.
    pub user: UserId,
    /// When: grants end.
    pub at: Time,
    /// To what; absent where it does not.
    pub narrowed: Option<&'a Narrowed>,
}

impl<'a> Holder<'a> {
    /// A user, narrowed by nothing.
    #[must_use]
    pub const fn at(user: UserId, at: Time) -> Self {
        Self { user, at, narrowed: None }
    }

    /// Whoever acts, where it is by a person's rights.
    #[must_use]
    pub fn of(act: &'a Act) -> Option<Self> {
        act.actor.principal().map(|user| Self { user, at: act.at, narrowed: act.narrowed.as_ref() })
    }
}

/// Why a check came out as it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The member's role holds it.
    HeldByRole,
    /// It was given to the member directly.
    Granted,
    /// It was denied to the member directly.
    Denied,
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
            Self::Granted => "granted",
            Self::Denied => "denied",
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

impl From<Reason> for Verdict {
    fn from(reason: Reason) -> Self {
        Self { allowed: matches!(reason, Reason::HeldByRole | Reason::Granted), reason }
    }
}

impl Snapshot {
    /// Compiles. A member whose role does not exist is none.
    #[must_use]
    pub fn build(facts: Facts) -> Self {
        Self::build_sharing(facts, &Vocabularies::default())
    }

    /// As [`Snapshot::build`]; what it knows of permissions is shared with other organizations' snapshots.
    #[must_use]
    pub fn build_sharing(facts: Facts, vocabularies: &Vocabularies) -> Self {
        let Facts { organization, version, rules, members } = facts;
        let rules = Rules::compile(rules, vocabularies);
        let members = Members::compile(members, &rules);
        Self { organization, version, rules: Arc::new(rules), members }
    }

    /// As it is after these members changed: who is told absent is none any more. Costs what they cost, not what the
    /// organization does.
    #[must_use]
    pub fn with_members(&self, version: i64, changed: &[(UserId, Option<MemberFact>)]) -> Self {
        let members = self.members.with(changed, &self.rules);
        Self { version, members, rules: Arc::clone(&self.rules), ..*self }
    }

    /// As it is after the rules changed.
    #[must_use]
    pub fn with_rules(&self, version: i64, rules: facts::Rules, vocabularies: &Vocabularies) -> Self {
        let rules = Rules::compile(rules, vocabularies);
        let members = self.members.under(&self.rules, &rules);
        Self { version, members, rules: Arc::new(rules), ..*self }
    }

    /// As it is after all of that.
    #[must_use]
    pub fn with(&self, delta: Delta, vocabularies: &Vocabularies) -> Self {
        let Delta { version, rules, members } = delta;
        match rules {
            None => self.with_members(version, &members),
            Some(rules) => self.with_rules(version, rules, vocabularies).with_members(version, &members),
        }
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
    pub fn requires_mfa(&self) -> bool {
        self.rules.require_mfa
    }

    /// How many members there are.
    #[must_use]
    pub const fn members(&self) -> usize {
        self.members.len()
    }

    /// How much room it takes, in members without any grants: some 100 bytes each.
    #[must_use]
    pub fn weight(&self) -> usize {
        let declared = self.rules.vocabulary.permissions.len().saturating_sub(crate::system::PERMISSIONS.len());
        1 + self.members.weight() + self.rules.weight() + declared
    }

    /// Whether they may. Allocates nothing.
    #[must_use]
    pub fn check(&self, holder: Holder<'_>, permission: &Permission) -> Verdict {
        match self.place(holder.user) {
            Ok(place) => self.decide(holder, place, permission).into(),
            Err(reason) => reason.into(),
        }
    }

    /// As [`Snapshot::check`] for each, in order; the member is looked for once.
    pub fn check_many<'a>(
        &'a self,
        holder: Holder<'a>,
        permissions: impl IntoIterator<Item = &'a Permission>,
    ) -> impl Iterator<Item = Verdict> {
        let place = self.place(holder.user);
        permissions.into_iter().map(move |permission| match place {
            Ok(place) => self.decide(holder, place, permission).into(),
            Err(reason) => reason.into(),
        })
    }

    fn place(&self, user: UserId) -> Result<Place<'_>, Reason> {
        match self.members.place(user) {
            Some(place) if place.active => Ok(place),
            Some(_) => Err(Reason::MemberSuspended),
            None => Err(Reason::NotAMember),
        }
    }

    fn decide(&self, holder: Holder<'_>, place: Place<'_>, permission: &Permission) -> Reason {
        let Some(bit) = self.rules.vocabulary.bit(permission) else { return Reason::UnknownPermission };
        let reason = self.decide_bit(holder, place, bit);
        match holder.narrowed {
            Some(narrowed) if Verdict::from(reason).allowed && !self.admits(narrowed, bit, permission) => {
                Reason::NotInScopes
            }
            _ => reason,
        }
    }

    /// What was given or denied directly comes before what the role holds.
    fn decide_bit(&self, holder: Holder<'_>, place: Place<'_>, bit: Bit) -> Reason {
        if let Some(grant) = place.grant(bit, holder.at) {
            return match grant.effect {
                Effect::Allow => Reason::Granted,
                Effect::Deny => Reason::Denied,
            };
        }
        if self.rules.holds(place.role, bit) { Reason::HeldByRole } else { Reason::NotGranted }
    }

    fn admits(&self, narrowed: &Narrowed, bit: Bit, permission: &Permission) -> bool {
        match narrowed {
            Narrowed::ToRole(role) => self.rules.role(role).is_some_and(|it| self.rules.holds(it, bit)),
            Narrowed::To(permissions) => permissions.contains(permission),
        }
    }

    /// Whether there is such a permission here.
    #[must_use]
    pub fn knows(&self, permission: &Permission) -> bool {
        self.rules.vocabulary.bit(permission).is_some()
    }

    /// The member's role, and whether the membership counts.
    #[must_use]
    pub fn member(&self, user: UserId) -> Option<(&RoleKey, bool)> {
        self.members.place(user).map(|place| (self.rules.key(place.role), place.active))
    }

    /// Everything they may, in order.
    pub fn permissions_of<'a>(&'a self, holder: Holder<'a>) -> impl Iterator<Item = &'a Permission> {
        let all = &self.rules.vocabulary.permissions;
        all.iter().zip(self.check_many(holder, all)).filter(|(_, verdict)| verdict.allowed).map(|(it, _)| it)
    }

    /// Everybody who may at that moment, each with why, in no certain order.
    pub fn holders<'a>(
        &'a self,
        permission: &Permission,
        at: Time,
    ) -> impl Iterator<Item = (UserId, Reason)> + use<'a> {
        let bit = self.rules.vocabulary.bit(permission);
        let active = self.members.iter().filter(|(_, place)| place.active);
        active.filter_map(move |(user, place)| {
            let reason = self.decide_bit(Holder::at(user, at), place, bit?);
            Verdict::from(reason).allowed.then_some((user, reason))
        })
    }

    /// Whether the organization has such a role.
    #[must_use]
    pub fn has_role(&self, role: &RoleKey) -> bool {
        self.rules.role(role).is_some()
    }

    /// The role that is named so, by its key or by its id.
    #[must_use]
    pub fn role_named(&self, name: &str) -> Option<&RoleKey> {
        let id: Option<RoleId> = name.parse().ok();
        self.rules.roles.iter().find(|it| Some(it.id) == id || it.key.as_str() == name).map(|it| &it.key)
    }

    /// What a role made of these would hold of all that is known here, in order.
    pub fn held_by<'a>(&'a self, own: &'a [Pattern], inherits: &'a [RoleKey]) -> impl Iterator<Item = &'a Permission> {
        let inherited: Vec<_> = inherits.iter().filter_map(|it| self.rules.role(it)).collect();
        let known = (0..).zip(&self.rules.vocabulary.permissions);
        let held = known.filter(move |(bit, permission)| {
            own.iter().any(|it| it.holds(permission)) || inherited.iter().any(|it| self.rules.holds(*it, *bit))
        });
        held.map(|(_, it)| it)
    }

    /// Whether any member has the role, or any other role inherits it.
    #[must_use]
    pub fn is_in_use(&self, role: &RoleKey) -> bool {
        let Some(role) = self.rules.role(role) else { return false };
        self.members.iter().any(|(_, place)| place.role == role) || self.rules.is_inherited(role)
    }
}

#[cfg(test)]
mod tests;
