//! A table of our own, so that a check finds a member in one place in memory. In maps it has to read three, each of which says
//! where the next is, and where organizations are many none of them is near.

use std::mem;
use std::sync::Arc;

use kernel::{Id, UserId};
use uuid::Uuid;

use super::{CompiledGrant, Place};
use crate::facts::{GrantFact, MemberFact};
use crate::snapshot::rules::{RoleIndex, Rules};

/// A place in a table, a member's or free.
#[derive(Clone, Copy, Debug)]
struct Slot {
    user: UserId,
    /// Where what was given or denied to them begins.
    grants: u32,
    role: RoleIndex,
    active: bool,
}

impl Slot {
    /// A beginning of no grants.
    const NONE: u32 = u32::MAX;

    /// Nobody's: no role has this place.
    fn free() -> Self {
        Self { user: Uuid::nil().into(), grants: Self::NONE, role: RoleIndex::MAX, active: false }
    }

    fn is_free(&self) -> bool {
        self.role == RoleIndex::MAX
    }
}

/// Some members.
#[derive(Clone, Debug)]
pub(super) struct Shard {
    /// At least one of eight is free, so that searches end soon.
    slots: Arc<[Slot]>,
    grants: Arc<[CompiledGrant]>,
    pub len: usize,
}

impl Shard {
    pub fn place(&self, user: UserId) -> Option<Place<'_>> {
        let slot = &self.slots[find(&self.slots, user)];
        (!slot.is_free()).then(|| self.place_at(slot))
    }

    fn place_at(&self, slot: &Slot) -> Place<'_> {
        let grants = usize::try_from(slot.grants).ok().and_then(|first| self.grants.get(first..));
        Place { role: slot.role, active: slot.active, grants: grants.unwrap_or_default() }
    }

    /// How many there are.
    pub fn grants(&self) -> usize {
        self.grants.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = (UserId, Place<'_>)> {
        let members = self.slots.iter().filter(|it| !it.is_free());
        members.map(|it| (it.user, self.place_at(it)))
    }

    pub fn under(&self, old: &Rules, new: &Rules) -> Self {
        let moved = |it: CompiledGrant| {
            let bit = new.vocabulary.bit(old.vocabulary.permission(it.bit))?;
            Some(CompiledGrant { bit, ..it })
        };
        let mut draft = Draft::new(self.len);
        for (user, place) in self.iter() {
            if let Some(role) = new.role(old.key(place.role)) {
                draft.put(user, Place { role, ..place }, place.all_grants().filter_map(moved));
            }
        }
        draft.finish()
    }
}

/// A shard that is being written.
#[derive(Debug)]
pub(super) struct Draft {
    slots: Vec<Slot>,
    grants: Vec<CompiledGrant>,
    len: usize,
}

impl Draft {
    /// With room for as many.
    pub fn new(members: usize) -> Self {
        Self { slots: vec![Slot::free(); members + members / 2 + 1], grants: Vec::new(), len: 0 }
    }

    pub fn of(shard: &Shard) -> Self {
        Self { slots: shard.slots.to_vec(), grants: shard.grants.to_vec(), len: shard.len }
    }

    pub fn put_fact(&mut self, fact: &MemberFact, role: RoleIndex, rules: &Rules) {
        let place = Place { role, active: fact.active, grants: &[] };
        self.put(fact.user, place, fact.grants.iter().filter_map(|it| compile(it, rules)));
    }

    /// Whoever was there is what is put there now.
    pub fn put(&mut self, user: UserId, place: Place<'_>, grants: impl Iterator<Item = CompiledGrant>) {
        if (self.len + 1) * 8 > self.slots.len() * 7 {
            self.grow();
        }
        let at = find(&self.slots, user);
        if self.slots[at].is_free() {
            self.len += 1;
        } else {
            self.remove_grants(self.slots[at].grants);
        }
        let grants = self.add_grants(grants);
        self.slots[at] = Slot { user, grants, role: place.role, active: place.active };
    }

    pub fn remove(&mut self, user: UserId) {
        let at = find(&self.slots, user);
        if !self.slots[at].is_free() {
            self.len -= 1;
            self.remove_grants(self.slots[at].grants);
            self.free(at);
        }
    }

    /// Whoever was placed behind the gap because it was none moves up, so that no search ends too early.
    fn free(&mut self, mut gap: usize) {
        let slots = self.slots.len();
        let distance = |from: usize, to: usize| (to + slots - from) % slots;
        let mut at = (gap + 1) % slots;
        while !self.slots[at].is_free() {
            if distance(home_of(self.slots[at].user, slots), at) >= distance(gap, at) {
                self.slots[gap] = self.slots[at];
                gap = at;
            }
            at = (at + 1) % slots;
        }
        self.slots[gap] = Slot::free();
    }

    fn grow(&mut self) {
        let slots = mem::replace(self, Self::new(self.len + self.len / 4 + 1));
        for slot in slots.slots.into_iter().filter(|it| !it.is_free()) {
            let at = find(&self.slots, slot.user);
            self.slots[at] = slot;
        }
        (self.grants, self.len) = (slots.grants, slots.len);
    }

    /// Where they begin.
    fn add_grants(&mut self, grants: impl Iterator<Item = CompiledGrant>) -> u32 {
        let first = self.grants.len();
        self.grants.extend(grants.map(|it| CompiledGrant { has_next: true, ..it }));
        match self.grants[first..].last_mut() {
            Some(last) => last.has_next = false,
            None => return Slot::NONE,
        }
        // A shard never has so many that there is no number for one.
        u32::try_from(first).unwrap_or(Slot::NONE)
    }

    /// Those that begin there; the others' move up.
    fn remove_grants(&mut self, first: u32) {
        let Some(start) = usize::try_from(first).ok().filter(|it| *it < self.grants.len()) else { return };
        let count = 1 + self.grants[start..].iter().take_while(|it| it.has_next).count();
        self.grants.drain(start..start + count);
        let moved = self.slots.iter_mut().filter(|it| it.grants > first && it.grants != Slot::NONE);
        let count = u32::try_from(count).unwrap_or_default();
        moved.for_each(|it| it.grants -= count);
    }

    pub fn finish(self) -> Shard {
        Shard { slots: self.slots.into(), grants: self.grants.into(), len: self.len }
    }
}

/// Where the member is, or else is to be: the first slot that is theirs or free. One is.
fn find(slots: &[Slot], user: UserId) -> usize {
    let mut at = home_of(user, slots.len());
    while slots[at].user != user && !slots[at].is_free() {
        at = if at + 1 == slots.len() { 0 } else { at + 1 };
    }
    at
}

/// What nobody declared can neither be given nor denied.
fn compile(grant: &GrantFact, rules: &Rules) -> Option<CompiledGrant> {
    let bit = rules.vocabulary.bit(&grant.permission)?;
    Some(CompiledGrant { bit, effect: grant.effect, has_next: false, expires_at: grant.expires_at })
}

/// The last bytes of an id are random; multiplied, the first bits of the product depend on all of them. Ids are ours: nobody
/// chooses them so that they collide.
pub(super) fn spread(user: UserId) -> u64 {
    user.uuid().as_u64_pair().1.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Where a member is looked for first: as far into the table as the product is into all that there could be.
#[expect(clippy::cast_possible_truncation, reason = "it is below the number of slots")]
fn home_of(user: UserId, slots: usize) -> usize {
    ((u128::from(spread(user)) * slots as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kernel::testing::{NOON, nth};
    use proptest::prelude::*;

    use super::*;
    use crate::model::Effect;

    type Told = (RoleIndex, Vec<u16>);

    fn grant(bit: u16) -> CompiledGrant {
        CompiledGrant { bit, effect: Effect::Allow, has_next: false, expires_at: None }
    }

    proptest! {
        #[test]
        fn a_shard_is_a_map(changes in prop::collection::vec((1..40_u64, any::<Option<Told>>()), 0..200)) {
            let mut draft = Draft::new(3);
            let mut expected: BTreeMap<UserId, Told> = BTreeMap::new();
            for (n, told) in changes {
                let told = told.map(|(role, bits)| (role % 7, bits));
                if let Some((role, bits)) = told {
                    let grants = bits.iter().copied().map(grant);
                    draft.put(nth(n), Place { role, active: true, grants: &[] }, grants);
                    expected.insert(nth(n), (role, bits));
                } else {
                    draft.remove(nth(n));
                    expected.remove(&nth(n));
                }
            }
            let shard = Draft::of(&draft.finish()).finish();
            let held = |place: Place<'_>| (place.role, place.grants(NOON).map(|it| it.bit).collect::<Vec<_>>());
            prop_assert_eq!(shard.len, expected.len());
            prop_assert_eq!(&shard.iter().map(|(user, it)| (user, held(it))).collect::<BTreeMap<_, _>>(), &expected);
            for user in (1..40).map(nth) {
                prop_assert_eq!(shard.place(user).map(held), expected.get(&user).cloned());
            }
        }
    }
}
