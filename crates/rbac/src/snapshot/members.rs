//! An organization's members, in shards: a change copies one shard and shares the others.

use std::collections::BTreeMap;
use std::mem;
use std::slice;

use kernel::{Time, UserId};

use super::rules::{RoleIndex, Rules};
use super::vocabulary::Bit;
use crate::facts::MemberFact;
use crate::model::Effect;

mod shard;

use shard::{Draft, Shard, spread};

/// What is looked at of a member.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub role: RoleIndex,
    pub active: bool,
    /// What was given or denied to them directly; what follows it is others'.
    grants: &'a [CompiledGrant],
}

impl<'a> Place<'a> {
    /// What was given or denied, and counts.
    pub fn grant(self, bit: Bit, at: Time) -> Option<CompiledGrant> {
        self.all_grants().find(|it| it.bit == bit && it.is_live(at))
    }

    /// All that was given or denied, and counts.
    fn grants(self, at: Time) -> impl Iterator<Item = CompiledGrant> + use<'a> {
        self.all_grants().filter(move |it| it.is_live(at))
    }

    fn all_grants(self) -> impl Iterator<Item = CompiledGrant> + use<'a> {
        let mut is_own = true;
        self.grants.iter().take_while(move |it| mem::replace(&mut is_own, it.has_next)).copied()
    }
}

/// A grant, compiled.
#[derive(Clone, Copy, Debug)]
pub(super) struct CompiledGrant {
    pub bit: Bit,
    pub effect: Effect,
    /// Whether the next one is the same member's.
    has_next: bool,
    pub expires_at: Option<Time>,
}

impl CompiledGrant {
    fn is_live(&self, at: Time) -> bool {
        self.expires_at.is_none_or(|end| at < end)
    }
}

/// A power of two of them. Most organizations have one, which is a step nearer then.
#[derive(Clone, Debug)]
enum Shards {
    One(Shard),
    Many(Box<[Shard]>),
}

#[derive(Clone, Debug)]
pub(super) struct Members {
    shards: Shards,
    count: usize,
}

impl Members {
    /// Members of a shard: few enough to be copied for a change of one, and enough that the shards are few themselves.
    const SHARD: usize = 512;

    /// A member whose role does not exist is none.
    pub fn compile(facts: Vec<MemberFact>, rules: &Rules) -> Self {
        let mut drafts = drafts(facts.len(), facts.iter().map(|it| it.user));
        let by_key = rules.by_key();
        for fact in facts {
            let Some(&role) = by_key.get(&fact.role) else { continue };
            draft_of(fact.user, &mut drafts).put_fact(&fact, role, rules);
        }
        Self::of(drafts.into_iter().map(Draft::finish))
    }

    fn of(shards: impl Iterator<Item = Shard>) -> Self {
        let shards: Shards = shards.collect();
        let count = shards.as_slice().iter().map(|it| it.len).sum();
        Self { shards, count }
    }

    pub const fn len(&self) -> usize {
        self.count
    }

    /// Each weighs as much as what was said of them directly, and one.
    pub fn weight(&self) -> usize {
        self.count + self.shards.as_slice().iter().map(Shard::grants).sum::<usize>()
    }

    pub fn place(&self, user: UserId) -> Option<Place<'_>> {
        let shards = self.shards.as_slice();
        shards[shard_of(user, shards.len())].place(user)
    }

    /// What was given or denied, and counts.
    pub fn grant(&self, user: UserId, bit: Bit, at: Time) -> Option<CompiledGrant> {
        self.place(user)?.grant(bit, at)
    }

    /// All that was given or denied, and counts.
    pub fn grants(&self, user: UserId, at: Time) -> impl Iterator<Item = CompiledGrant> {
        self.place(user).into_iter().flat_map(move |it| it.grants(at))
    }

    pub fn iter(&self) -> impl Iterator<Item = (UserId, Place<'_>)> {
        self.shards.as_slice().iter().flat_map(Shard::iter)
    }

    /// The same but for these.
    pub fn with(&self, changed: &[(UserId, Option<MemberFact>)], rules: &Rules) -> Self {
        let shards = self.shards.as_slice();
        let mut drafts: BTreeMap<usize, Draft> = BTreeMap::new();
        for (user, fact) in changed {
            let at = shard_of(*user, shards.len());
            let draft = drafts.entry(at).or_insert_with(|| Draft::of(&shards[at]));
            match fact.as_ref().and_then(|it| Some((it, rules.role(&it.role)?))) {
                Some((fact, role)) => draft.put_fact(fact, role, rules),
                None => draft.remove(*user),
            }
        }
        let next =
            shards.iter().enumerate().map(|(at, it)| drafts.remove(&at).map_or_else(|| it.clone(), Draft::finish));
        let next = Self::of(next);
        if next.count > shards.len() * Self::SHARD * 2 { next.resharded() } else { next }
    }

    /// The same under other rules; who has a role that is none any more is none any more.
    pub fn under(&self, old: &Rules, new: &Rules) -> Self {
        if new.keeps_places_of(old) {
            return self.clone();
        }
        Self::of(self.shards.as_slice().iter().map(|it| it.under(old, new)))
    }

    fn resharded(&self) -> Self {
        let mut drafts = drafts(self.count, self.iter().map(|(user, _)| user));
        for (user, place) in self.iter() {
            draft_of(user, &mut drafts).put(user, place, place.all_grants());
        }
        Self::of(drafts.into_iter().map(Draft::finish))
    }
}

impl Shards {
    fn as_slice(&self) -> &[Shard] {
        match self {
            Self::One(shard) => slice::from_ref(shard),
            Self::Many(shards) => shards,
        }
    }
}

impl FromIterator<Shard> for Shards {
    fn from_iter<T: IntoIterator<Item = Shard>>(shards: T) -> Self {
        let shards: Box<[Shard]> = shards.into_iter().collect();
        match <[Shard; 1]>::try_from(Vec::from(shards)) {
            Ok([shard]) => Self::One(shard),
            Err(shards) => Self::Many(shards.into()),
        }
    }
}

/// As many as are needed, each with room for who belongs there.
fn drafts(count: usize, users: impl Iterator<Item = UserId>) -> Vec<Draft> {
    let mut members = vec![0; count.div_ceil(Members::SHARD).next_power_of_two()];
    let shards = members.len();
    users.for_each(|it| members[shard_of(it, shards)] += 1);
    members.into_iter().map(Draft::new).collect()
}

fn draft_of(user: UserId, drafts: &mut [Draft]) -> &mut Draft {
    let shards = drafts.len();
    &mut drafts[shard_of(user, shards)]
}

/// By other bits than those that place it within. `shards` is a power of two.
fn shard_of(user: UserId, shards: usize) -> usize {
    (spread(user) >> 8) as usize & (shards - 1)
}
