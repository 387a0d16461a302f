//! Organizations with roles that inherit and hold wildcards, members with direct grants, and questions spread over all of
//! them in no order. The same at every run.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta};
use rbac::{
    Effect, Facts, GrantFact, MemberFact, OrganizationId, Pattern, Permission, Role, RoleKey, Rules, Time, UserId,
    system,
};
use uuid::Uuid;

/// The moment at which everything is asked.
pub const NOW: Time = DateTime::from_timestamp_nanos(1_768_478_400_000_000_000);

/// How much of everything; what is the system's counts.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub name: &'static str,
    pub organizations: usize,
    pub users: usize,
    /// Of how many organizations each user is a member.
    pub memberships: usize,
    pub roles: usize,
    pub permissions: usize,
}

pub const SMALL: Size = Size { name: "small", organizations: 1, users: 10, memberships: 1, roles: 5, permissions: 20 };
pub const MEDIUM: Size =
    Size { name: "medium", organizations: 100, users: 1_000, memberships: 2, roles: 10, permissions: 100 };
pub const LARGE: Size =
    Size { name: "large", organizations: 1_000, users: 50_000, memberships: 2, roles: 20, permissions: 200 };
/// One organization alone, of which everybody is a member.
pub const CROWDED: Size =
    Size { name: "crowded", organizations: 1, users: 10_000, memberships: 1, roles: 20, permissions: 200 };

/// Whether this member of this organization may do that.
#[derive(Clone, Debug)]
pub struct Question {
    pub organization: OrganizationId,
    pub user: UserId,
    pub permission: Permission,
}

/// A member is another from now on.
#[derive(Clone, Debug)]
pub struct MemberChange {
    pub organization: OrganizationId,
    pub before: MemberFact,
    pub after: MemberFact,
}

impl MemberChange {
    #[must_use]
    pub fn undone(&self) -> Self {
        let Self { organization, before, after } = self.clone();
        Self { organization, before: after, after: before }
    }
}

/// What everybody is told.
#[derive(Clone, Debug)]
pub struct World {
    pub size: Size,
    pub facts: Vec<Facts>,
    system: Vec<Role>,
    /// As handlers ask: each a constant.
    asked: HashMap<Permission, Permission>,
    places: HashMap<OrganizationId, HashMap<UserId, (usize, usize)>>,
}

impl World {
    #[must_use]
    pub fn new(size: Size) -> Self {
        let mut dice = Dice(size.users as u64);
        let permissions = permissions(size.permissions);
        let mut facts: Vec<Facts> = (0..size.organizations)
            .map(|_| Facts {
                organization: dice.uuid().into(),
                version: 1,
                rules: Rules {
                    require_mfa: false,
                    roles: roles(size.roles, &permissions, &mut dice),
                    permissions: permissions.clone(),
                },
                members: Vec::new(),
            })
            .collect();
        for _ in 0..size.users {
            let user = dice.uuid().into();
            let first = dice.below(size.organizations);
            // Any two of the places are different ones.
            for nth in 0..size.memberships {
                let place = (first + nth * size.organizations / size.memberships) % size.organizations;
                let member = member(user, &facts[place].rules, &mut dice);
                facts[place].members.push(member);
            }
        }
        let places = facts.iter().enumerate().map(|(at, it)| {
            let members = it.members.iter().enumerate();
            (it.organization, members.map(|(nth, member)| (member.user, (at, nth))).collect())
        });
        let constant = |it: &Permission| Permission::known(it.to_string().leak());
        let asked = permissions.iter().map(|it| (it.clone(), constant(it)));
        let own = system::PERMISSIONS.iter().map(|(it, _)| (it.clone(), it.clone()));
        let (asked, places) = (asked.chain(own).collect(), places.collect());
        Self { size, system: system::roles(), asked, places, facts }
    }

    #[must_use]
    pub fn memberships(&self) -> usize {
        self.facts.iter().map(|it| it.members.len()).sum()
    }

    /// As many questions with this answer, each about some membership; one in fifty is about no membership.
    #[must_use]
    pub fn questions(&self, wanted: usize, answer: bool) -> Vec<Question> {
        let mut dice = Dice(u64::from(answer) + 7);
        let mut questions = Vec::with_capacity(wanted);
        while questions.len() < wanted {
            let facts = &self.facts[dice.below(self.facts.len())];
            let Some(member) = facts.members.get(dice.below(facts.members.len().max(1))) else { continue };
            let user = if dice.below(50) == 0 { dice.uuid().into() } else { member.user };
            let permission = all_permissions(facts).nth(dice.below(self.size.permissions)).unwrap();
            let permission = self.asked[permission].clone();
            let question = Question { organization: facts.organization, user, permission };
            if self.defines(&question) == answer {
                questions.push(question);
            }
        }
        questions
    }

    /// Every question there is about whom these changes are of.
    #[must_use]
    pub fn questions_about(&self, changes: &[MemberChange]) -> Vec<Question> {
        let about = |it: &MemberChange| {
            let (organization, user) = (it.organization, it.after.user);
            let (at, _) = self.places[&organization][&user];
            let all = all_permissions(&self.facts[at]).cloned();
            all.map(move |permission| Question { organization, user, permission })
        };
        changes.iter().flat_map(about).collect()
    }

    /// The answer by definition, with nothing compiled: what was given or denied directly comes first, then any pattern of
    /// any role that is the member's or inherited by it.
    #[must_use]
    pub fn defines(&self, question: &Question) -> bool {
        let Some(&(at, nth)) = self.places[&question.organization].get(&question.user) else { return false };
        let facts = &self.facts[at];
        let member = &facts.members[nth];
        if !member.active {
            return false;
        }
        let mut live = member.grants.iter().filter(|it| is_live(it));
        if let Some(grant) = live.find(|it| it.permission == question.permission) {
            return grant.effect == Effect::Allow;
        }
        let all: Vec<&Role> = self.system.iter().chain(&facts.rules.roles).collect();
        let lineage = lineage(&member.role, &all);
        lineage.iter().flat_map(|it| &it.permissions).any(|it| holds(it, question.permission.as_str()))
    }

    /// Changes of different members.
    #[must_use]
    pub fn changes(&self, wanted: usize) -> Vec<MemberChange> {
        let mut dice = Dice(3);
        let mut seen = HashSet::new();
        let mut changes = Vec::new();
        while changes.len() < wanted.min(self.memberships() / 2) {
            let facts = &self.facts[dice.below(self.facts.len())];
            let Some(before) = facts.members.get(dice.below(facts.members.len().max(1))) else { continue };
            if seen.insert((facts.organization, before.user)) {
                let after = member(before.user, &facts.rules, &mut dice);
                changes.push(MemberChange { organization: facts.organization, before: before.clone(), after });
            }
        }
        changes
    }

    pub fn change(&mut self, change: &MemberChange) {
        let (at, nth) = self.places[&change.organization][&change.after.user];
        self.facts[at].members[nth] = change.after.clone();
    }
}

/// Whether it counts now. Who has no clock is told only of those.
#[must_use]
pub fn is_live(grant: &GrantFact) -> bool {
    grant.expires_at.is_none_or(|end| NOW < end)
}

fn all_permissions(facts: &Facts) -> impl Iterator<Item = &Permission> {
    system::PERMISSIONS.iter().map(|(it, _)| it).chain(&facts.rules.permissions)
}

/// The member's role and all it inherits; there is no cycle.
fn lineage<'a>(role: &RoleKey, all: &[&'a Role]) -> Vec<&'a Role> {
    let mut reached: Vec<&Role> = all.iter().copied().filter(|it| it.key == *role).collect();
    let mut next = 0;
    while let Some(role) = reached.get(next).copied() {
        reached.extend(all.iter().filter(|it| role.inherits.contains(&it.key)));
        next += 1;
    }
    reached
}

fn holds(pattern: &Pattern, permission: &str) -> bool {
    match pattern {
        Pattern::All => true,
        Pattern::Resource(resource) => permission.strip_prefix(resource).is_some_and(|rest| rest.starts_with('.')),
        Pattern::One(one) => one.as_str() == permission,
    }
}

/// Those that organizations declare: eight to a resource.
fn permissions(all: usize) -> Vec<Permission> {
    let own = 0..all - system::PERMISSIONS.len();
    own.map(|n| Permission::parse(&format!("resource_{}.action_{}", n / 8, n % 8)).unwrap()).collect()
}

/// Each holds a wildcard and some single permissions; two of three inherit the one before.
fn roles(all: usize, permissions: &[Permission], dice: &mut Dice) -> Vec<Role> {
    let key = |n: usize| RoleKey::parse(&format!("role-{n}")).unwrap();
    let own = 0..all - system::PLACES.len();
    own.map(|n| {
        let one = |it: &Permission| Pattern::One(it.clone());
        let mut held: Vec<Pattern> = (0..5).map(|_| one(dice.pick(permissions))).collect();
        let (resource, _) = dice.pick(permissions).as_str().split_once('.').unwrap();
        held.push(Pattern::Resource(resource.to_owned()));
        Role {
            id: dice.uuid().into(),
            key: key(n),
            name: format!("Role {n}"),
            permissions: held,
            inherits: if n % 3 == 0 { vec![RoleKey::MEMBER] } else { vec![key(n - 1)] },
            is_system: false,
        }
    })
    .collect()
}

/// One of four has direct grants, one of fifty is suspended.
fn member(user: UserId, rules: &Rules, dice: &mut Dice) -> MemberFact {
    let keys: Vec<RoleKey> = system::PLACES.into_iter().chain(rules.roles.iter().map(|it| it.key.clone())).collect();
    let mut grants: Vec<GrantFact> = Vec::new();
    if dice.below(4) == 0 {
        for _ in 0..=dice.below(3) {
            let permission = dice.pick(&rules.permissions).clone();
            if grants.iter().all(|it| it.permission != permission) {
                grants.push(grant(permission, dice));
            }
        }
    }
    MemberFact { user, role: dice.pick(&keys).clone(), active: dice.below(50) != 0, grants }
}

fn grant(permission: Permission, dice: &mut Dice) -> GrantFact {
    let effect = if dice.below(2) == 0 { Effect::Allow } else { Effect::Deny };
    let expires_at = match dice.below(4) {
        0 => Some(NOW + TimeDelta::days(30)),
        1 => Some(NOW - TimeDelta::days(1)),
        _ => None,
    };
    GrantFact { permission, effect, expires_at }
}

/// `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        it ^ (it >> 31)
    }

    #[expect(clippy::cast_possible_truncation, reason = "it is below a usize")]
    fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// As ours are: the last half is random.
    fn uuid(&mut self) -> Uuid {
        let time = 1_768_478_400_000 + self.roll() % 1_000_000_000;
        let first = (time << 16) | 0x7000 | (self.roll() & 0x0FFF);
        let last = (1 << 63) | (self.roll() >> 2);
        Uuid::from_u64_pair(first, last)
    }
}
