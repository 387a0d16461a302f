//! Nobody gives what they do not hold, nor acts on somebody above them (contract section 5).

use kernel::{Narrowed, Permission, RoleKey, Time, UserId};

use super::rules::RoleIndex;
use super::{Effect, Holder, Reason, Snapshot, Verdict};
use crate::model::Pattern;

/// For how long somebody holds a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Not now.
    Not,
    /// It was given to them directly, and ends then.
    Until(Time),
    /// Until something is changed.
    ForGood,
}

impl Snapshot {
    /// The first permission known here that the role holds and they do not; `None` too where there is no such role.
    #[must_use]
    pub fn lacks(&self, holder: Holder<'_>, role: &RoleKey) -> Option<&Permission> {
        self.rules.held_by(self.rules.role(role)?).find(|it| !self.check(holder, it).allowed)
    }

    /// What the role holds and the giver does not, if anything; `None` too where there is no such role. A wildcard holds also
    /// what nobody has declared yet, so only who holds as wide a one gives it; and only owners give the owner's role.
    #[must_use]
    pub fn beyond(&self, giver: Holder<'_>, role: &RoleKey) -> Option<Pattern> {
        self.beyond_role(giver, self.rules.role(role)?, &|it| self.may_give(giver, it))
    }

    /// What a role made of these would hold and the giver does not, if anything.
    #[must_use]
    pub fn beyond_all(&self, giver: Holder<'_>, own: &[Pattern], inherits: &[RoleKey]) -> Option<Pattern> {
        let own = own.iter().find_map(|it| self.lacking(giver, it));
        own.or_else(|| inherits.iter().find_map(|it| self.beyond(giver, it)))
    }

    /// What the member holds and whoever acts on them does not, if anything: by their role, also while they are suspended or
    /// something is denied to them, or directly.
    #[must_use]
    pub fn above(&self, actor: Holder<'_>, member: UserId) -> Option<Pattern> {
        let place = self.members.place(member)?;
        let may = |it: &Permission| self.check(actor, it).allowed;
        let by_role = self.beyond_role(actor, place.role, &may);
        by_role.or_else(|| {
            let given = self.members.grants(member, actor.at).filter(|it| it.effect == Effect::Allow);
            let mut given = given.map(|it| self.rules.vocabulary.permission(it.bit));
            given.find(|it| !may(it)).cloned().map(Pattern::One)
        })
    }

    /// What the role holds and whoever changes or removes it does not, if anything; `None` too where there is no such role.
    #[must_use]
    pub fn role_above(&self, actor: Holder<'_>, role: &RoleKey) -> Option<Pattern> {
        self.beyond_role(actor, self.rules.role(role)?, &|it| self.check(actor, it).allowed)
    }

    /// For how long they hold the permission, as far as can be seen.
    #[must_use]
    pub fn holds(&self, holder: Holder<'_>, permission: &Permission) -> Hold {
        let Verdict { allowed: true, reason } = self.check(holder, permission) else { return Hold::Not };
        let (Reason::Granted, Some(bit)) = (reason, self.rules.vocabulary.bit(permission)) else {
            return Hold::ForGood;
        };
        let end = self.members.grant(holder.user, bit, holder.at).and_then(|it| it.expires_at);
        let by_role = self.members.place(holder.user).is_some_and(|it| self.rules.holds(it.role, bit));
        end.filter(|_| !by_role).map_or(Hold::ForGood, Hold::Until)
    }

    /// Who has something for a while has it to use, and not to give.
    fn may_give(&self, giver: Holder<'_>, permission: &Permission) -> bool {
        self.holds(giver, permission) == Hold::ForGood
    }

    /// What of the role whoever is asked about does not hold; `holds` says what it is to hold one permission.
    fn beyond_role(&self, giver: Holder<'_>, role: RoleIndex, holds: &dyn Fn(&Permission) -> bool) -> Option<Pattern> {
        let lacking = self.rules.held_by(role).find(|it| !holds(it));
        lacking.cloned().map(Pattern::One).or_else(|| {
            if *self.rules.key(role) == RoleKey::OWNER && !self.owns(giver) {
                return Some(Pattern::All);
            }
            self.rules.patterns_of(role).map(|(_, it)| it).find(|it| !self.covers(giver, it))
        })
    }

    /// What of the pattern the giver does not hold, if anything.
    fn lacking(&self, giver: Holder<'_>, pattern: &Pattern) -> Option<Pattern> {
        let mut known = self.rules.vocabulary.permissions.iter().filter(|it| pattern.holds(it));
        let lacking = known.find(|it| !self.may_give(giver, it));
        lacking.cloned().map(Pattern::One).or_else(|| (!self.covers(giver, pattern)).then(|| pattern.clone()))
    }

    /// Whether the giver's own role is as wide as the wildcard; single permissions are looked at one by one.
    fn covers(&self, giver: Holder<'_>, pattern: &Pattern) -> bool {
        if let Pattern::One(permission) = pattern {
            return self.knows(permission);
        }
        let wide = |role: RoleIndex| self.rules.patterns_of(role).any(|(_, own)| own.covers(pattern));
        let member = self.members.place(giver.user).is_some_and(|place| place.active && wide(place.role));
        member
            && match giver.narrowed {
                None => true,
                Some(Narrowed::ToRole(role)) => self.rules.role(role).is_some_and(wide),
                Some(Narrowed::To(_)) => false,
            }
    }

    fn owns(&self, giver: Holder<'_>) -> bool {
        giver.narrowed.is_none() && self.member(giver.user) == Some((&RoleKey::OWNER, true))
    }

    /// The roles that hold what this one does: itself, and those that inherit it on whatever way.
    pub fn heirs<'a>(&'a self, role: &RoleKey) -> impl Iterator<Item = &'a RoleKey> + use<'a> {
        let role = self.rules.role(role);
        role.into_iter().flat_map(|it| self.rules.heirs(it))
    }

    /// The permissions among these that there are not.
    pub fn unknown<'a>(&'a self, patterns: &'a [Pattern]) -> impl Iterator<Item = &'a Pattern> {
        patterns
            .iter()
            .filter(|pattern| !self.rules.vocabulary.permissions.iter().any(|it: &Permission| pattern.holds(it)))
    }
}
