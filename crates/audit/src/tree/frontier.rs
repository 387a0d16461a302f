use super::{Hash, Range, Subtree};

/// The right edge of a log: all that is needed to add to it, however large it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// The roots of its full subtrees, the greatest first.
    roots: Vec<Hash>,
}

impl Frontier {
    /// Of a log of this size, by the roots of its full subtrees; `None` where one is not known.
    pub fn of(size: u64, known: impl Fn(Subtree) -> Option<Hash>) -> Option<Self> {
        let roots = Range::whole(size).subtrees().into_iter().map(known);
        Some(Self { size, roots: roots.collect::<Option<_>>()? })
    }

    /// How many leaves there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The hash of the whole.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev().copied();
        let Some(smallest) = roots.next() else { return Hash::of_nothing() };
        roots.fold(smallest, |right, left| Hash::of_node(left, right))
    }

    /// Adds a leaf. The answer is what is stored with it: its hash, and those of the subtrees it fills, the smallest first.
    pub fn push(&mut self, leaf: Hash) -> Vec<Hash> {
        let mut filled = vec![leaf];
        let mut newest = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.roots.pop() {
                newest = Hash::of_node(left, newest);
                filled.push(newest);
            }
        }
        self.roots.push(newest);
        self.size += 1;
        filled
    }
}
