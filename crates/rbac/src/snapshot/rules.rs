//! An organization's roles, compiled: inheritance and wildcards flattened to sets of bits, and kept symbolically besides, for
//! explanations.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::{Permission, RoleId, RoleKey};

use super::vocabulary::{Bit, Vocabularies, Vocabulary};
use crate::facts;
use crate::model::{Pattern, Role};
use crate::system;

/// A place among the resources that an organization's roles hold whole.
type ResourceIndex = u16;
/// A place among an organization's roles.
pub(super) type RoleIndex = u16;

/// What a role holds, in as little room as a check's neighbours should take.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Held {
    All,
    Resource(ResourceIndex),
    One(Bit),
}

#[derive(Debug)]
pub(super) struct CompiledRole {
    pub id: RoleId,
    pub key: RoleKey,
    own: Box<[Held]>,
    /// Itself and all it inherits, each once, the nearest first.
    lineage: Box<[RoleIndex]>,
}

#[derive(Debug)]
pub(super) struct Rules {
    pub require_mfa: bool,
    pub vocabulary: Arc<Vocabulary>,
    pub roles: Box<[CompiledRole]>,
    /// What roles hold whole, in order. Not of the vocabulary: roles differ where permissions do not, and what is looked at by
    /// every check had better be shared.
    resources: Box<[Box<str>]>,
    /// What each role holds in the end: as many words for each as the vocabulary needs.
    bits: Box<[u64]>,
    words: usize,
}

impl Rules {
    pub fn compile(rules: facts::Rules, vocabularies: &Vocabularies) -> Self {
        let facts::Rules { require_mfa, roles, permissions } = rules;
        let all = with_system(roles);
        let by_key = by_key(&all);
        let known = system::PERMISSIONS.iter().map(|(permission, _)| permission.clone()).chain(permissions).collect();
        let vocabulary = vocabularies.share(known);
        let resources = resources(&all);
        let words = vocabulary.permissions.len().div_ceil(64);
        let mut bits = vec![0_u64; words * all.len()].into_boxed_slice();
        let mut compiled = Vec::with_capacity(all.len());
        for (role, held) in all.iter().zip(bits.chunks_mut(words.max(1))) {
            let lineage = lineage(role, &all, &by_key);
            for pattern in lineage.iter().flat_map(|&it| &all[usize::from(it)].permissions) {
                hold(held, pattern, &vocabulary);
            }
            compiled.push(CompiledRole {
                id: role.id,
                key: role.key.clone(),
                own: role.permissions.iter().filter_map(|it| compact(it, &vocabulary, &resources)).collect(),
                lineage: lineage.into(),
            });
        }
        Self { require_mfa, vocabulary, roles: compiled.into(), resources, bits, words }
    }

    /// Where each role is. The first of a name counts, so that none stands in for a system role.
    pub fn by_key(&self) -> HashMap<&RoleKey, RoleIndex> {
        let places: Vec<_> = (0..).zip(&self.roles).map(|(index, it)| (&it.key, index)).collect();
        places.into_iter().rev().collect()
    }

    pub fn role(&self, key: &RoleKey) -> Option<RoleIndex> {
        (0..).zip(&self.roles).find(|(_, it)| it.key == *key).map(|(index, _)| index)
    }

    pub fn key(&self, role: RoleIndex) -> &RoleKey {
        &self.roles[usize::from(role)].key
    }

    /// Whether another role inherits it, directly or not.
    pub fn is_inherited(&self, role: RoleIndex) -> bool {
        self.heirs(role).count() > 1
    }

    /// Itself, and all that inherit it on whatever way.
    pub fn heirs(&self, role: RoleIndex) -> impl Iterator<Item = &RoleKey> {
        self.roles.iter().filter(move |it| it.lineage.contains(&role)).map(|it| &it.key)
    }

    /// Against members: what is not shared with other organizations.
    pub fn weight(&self) -> usize {
        let own: usize = self.roles.iter().map(|it| it.own.len() + it.lineage.len()).sum();
        self.roles.len() + (own + self.bits.len()) / 8
    }

    pub fn holds(&self, role: RoleIndex, bit: Bit) -> bool {
        let word = self.bits[usize::from(role) * self.words + usize::from(bit) / 64];
        word & (1 << (bit % 64)) != 0
    }

    /// What the role holds, in order.
    pub fn held_by(&self, role: RoleIndex) -> impl Iterator<Item = &Permission> {
        (0..).zip(&self.vocabulary.permissions).filter(move |(bit, _)| self.holds(role, *bit)).map(|(_, it)| it)
    }

    /// What the role holds symbolically, with the role of its lineage that does, the nearest first.
    pub fn patterns_of(&self, role: RoleIndex) -> impl Iterator<Item = (RoleIndex, Pattern)> {
        let lineage = self.roles[usize::from(role)].lineage.iter();
        lineage.flat_map(move |&index| {
            self.roles[usize::from(index)].own.iter().map(move |held| (index, self.symbolic(*held)))
        })
    }

    /// What of the role and its lineage holds this permission.
    pub fn reasons(&self, role: RoleIndex, bit: Bit) -> impl Iterator<Item = (RoleIndex, Pattern)> {
        let permission = self.vocabulary.permission(bit);
        let lineage = self.roles[usize::from(role)].lineage.iter();
        lineage.flat_map(move |&index| {
            let own = self.roles[usize::from(index)].own.iter();
            let holding = own.filter(move |held| match held {
                Held::All => true,
                Held::One(one) => *one == bit,
                Held::Resource(resource) => is_of(permission, self.resource(*resource)),
            });
            holding.map(move |held| (index, self.symbolic(*held)))
        })
    }

    fn resource(&self, index: ResourceIndex) -> &str {
        &self.resources[usize::from(index)]
    }

    fn symbolic(&self, held: Held) -> Pattern {
        match held {
            Held::All => Pattern::All,
            Held::Resource(resource) => Pattern::Resource(self.resource(resource).to_owned()),
            Held::One(bit) => Pattern::One(self.vocabulary.permission(bit).clone()),
        }
    }

    /// Whether another set of rules has every role at the same place, and every permission at the same bit.
    pub fn keeps_places_of(&self, other: &Self) -> bool {
        self.vocabulary.permissions == other.vocabulary.permissions
            && self.roles.len() >= other.roles.len()
            && self.roles.iter().zip(&other.roles).all(|(own, theirs)| own.key == theirs.key)
    }
}

/// All that these hold whole, in order.
fn resources(roles: &[Role]) -> Box<[Box<str>]> {
    let mut resources: Vec<&str> = roles
        .iter()
        .flat_map(|it| &it.permissions)
        .filter_map(|it| match it {
            Pattern::Resource(resource) => Some(resource.as_str()),
            Pattern::All | Pattern::One(_) => None,
        })
        .collect();
    resources.sort_unstable();
    resources.dedup();
    resources.truncate(usize::from(ResourceIndex::MAX));
    resources.into_iter().map(Into::into).collect()
}

/// What stands for nothing anybody declared holds nothing.
fn compact(pattern: &Pattern, vocabulary: &Vocabulary, resources: &[Box<str>]) -> Option<Held> {
    match pattern {
        Pattern::All => Some(Held::All),
        Pattern::Resource(resource) => {
            let place = resources.binary_search_by(|it| it.as_ref().cmp(resource.as_str())).ok()?;
            ResourceIndex::try_from(place).ok().map(Held::Resource)
        }
        Pattern::One(permission) => vocabulary.bit(permission).map(Held::One),
    }
}

fn hold(held: &mut [u64], pattern: &Pattern, vocabulary: &Vocabulary) {
    let mut set = |bit: usize| held[bit / 64] |= 1 << (bit % 64);
    match pattern {
        Pattern::One(permission) => vocabulary.bit(permission).map(usize::from).into_iter().for_each(&mut set),
        Pattern::All => (0..vocabulary.permissions.len()).for_each(&mut set),
        Pattern::Resource(resource) => {
            let all = vocabulary.permissions.iter().enumerate();
            all.filter(|(_, it)| is_of(it, resource)).for_each(|(bit, _)| set(bit));
        }
    }
}

fn is_of(permission: &Permission, resource: &str) -> bool {
    permission.as_str().strip_prefix(resource).is_some_and(|rest| rest.starts_with('.'))
}

/// The system's roles stand first, as the facts know them or else as this crate does.
fn with_system(roles: Vec<Role>) -> Vec<Role> {
    let (mut system, own): (Vec<_>, Vec<_>) = roles.into_iter().partition(|it| it.is_system);
    let missing: Vec<Role> =
        system::roles().into_iter().filter(|it| !system.iter().any(|said| said.key == it.key)).collect();
    system.extend(missing);
    system.sort_by_key(|it| system::PLACES.iter().position(|key| *key == it.key));
    system.into_iter().chain(own).take(usize::from(RoleIndex::MAX)).collect()
}

/// As [`Rules::by_key`], before they are compiled.
fn by_key(roles: &[Role]) -> HashMap<&RoleKey, RoleIndex> {
    let places: Vec<_> = (0..).zip(roles).map(|(index, role)| (&role.key, index)).collect();
    places.into_iter().rev().collect()
}

/// The role and all it inherits, each once; a cycle ends where it began.
fn lineage(role: &Role, all: &[Role], by_key: &HashMap<&RoleKey, RoleIndex>) -> Vec<RoleIndex> {
    let mut lineage: Vec<RoleIndex> = by_key.get(&role.key).copied().into_iter().collect();
    let mut next = 0;
    while let Some(&index) = lineage.get(next) {
        for key in &all[usize::from(index)].inherits {
            if let Some(&inherited) = by_key.get(key)
                && !lineage.contains(&inherited)
            {
                lineage.push(inherited);
            }
        }
        next += 1;
    }
    lineage
}
