use super::Hash;

/// The leaves from one up to another, as RFC 6962 cuts them: the first is a multiple of the greatest power of two in their
/// number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first.
    pub from: u64,
    /// The one after the last.
    pub to: u64,
}

/// A subtree that is full, and so never changes. It is stored with the last of its leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subtree {
    /// Where its last leaf stands.
    pub last: u64,
    /// How far above the leaves its root is: it has 2^`height` of them.
    pub height: u32,
}

impl Range {
    /// The whole log of this size.
    #[must_use]
    pub const fn whole(size: u64) -> Self {
        Self { from: 0, to: size }
    }

    /// How many leaves it has.
    #[must_use]
    pub const fn len(self) -> u64 {
        self.to - self.from
    }

    /// Whether it has none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.to == self.from
    }

    /// Where the left part ends: it has the greatest power of two of leaves that leaves some for the right one.
    pub(super) fn split(self) -> (Self, Self) {
        let left = match self.len() {
            0..=2 => 1,
            len => 1 << (len - 1).ilog2(),
        };
        let middle = self.from + left;
        (Self { from: self.from, to: middle }, Self { from: middle, to: self.to })
    }

    /// The full subtrees it is made of, the greatest first.
    #[must_use]
    pub fn subtrees(self) -> Vec<Subtree> {
        let (mut from, mut subtrees) = (self.from, Vec::new());
        while from < self.to {
            let height = (self.to - from).ilog2();
            from += 1 << height;
            subtrees.push(Subtree { last: from - 1, height });
        }
        subtrees
    }

    /// Its hash, out of those of its subtrees; `None` where one is not known.
    pub fn hash(self, known: impl Fn(Subtree) -> Option<Hash>) -> Option<Hash> {
        let mut hashes = self.subtrees().into_iter().rev().map(known);
        let Some(smallest) = hashes.next() else { return Some(Hash::of_nothing()) };
        hashes.try_fold(smallest?, |right, left| Some(Hash::of_node(left?, right)))
    }
}
