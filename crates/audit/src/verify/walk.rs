use std::collections::{HashMap, HashSet};

use kernel::AuditId;
use uuid::Uuid;

use super::{Dropped, Finding, Leaf, Report, Sworn};
use crate::note::Standing;
use crate::{Entry, Hash, Head};

/// What tells that somebody was erased; its target is who.
const ERASURE: &str = "user.erased";

/// Goes through a whole log, from its first leaf to its last, and holds it to what was signed.
///
/// Each leaf is held to its entry, each stored node to the two below it, and the whole to every checkpoint. Whatever does not
/// fit, what was stored is taken for true above it: so one wrong entry is one finding.
pub struct Walk {
    /// The smallest first.
    sworn: Vec<Sworn>,
    dropped: Option<Dropped>,
    size: u64,
    /// The roots of full subtrees, the greatest first; what is missing is unknown.
    roots: Vec<Option<Hash>>,
    /// The size of the greatest head that it was found to have.
    agreed: u64,
    /// Of whom something was erased, and where first.
    erased: HashMap<Uuid, (u64, AuditId)>,
    /// Who was erased.
    erasures: HashSet<String>,
    /// The leaf before, which may turn out to be half of a pair that does not fit.
    before: Option<(AuditId, Hash)>,
    /// Entries that do not come to the hash they stand with.
    misfits: Vec<Misfit>,
    /// Pairs of leaves that do not come to the node above them.
    pairs: Vec<Pair>,
    report: Report,
}

struct Misfit {
    index: u64,
    entry: AuditId,
    kept: Hash,
    told: Hash,
}

struct Pair {
    /// Of the first.
    index: u64,
    leaves: [(AuditId, Hash); 2],
    node: Hash,
}

impl Walk {
    /// So many pairs at most are tried with each other's leaves.
    const TRIED: usize = 100;

    /// To be held to these heads.
    #[must_use]
    pub fn new(mut sworn: Vec<Sworn>) -> Self {
        sworn.sort_by_key(|it| it.head.size);
        let mut walk = Self {
            sworn,
            dropped: None,
            size: 0,
            roots: Vec::new(),
            agreed: 0,
            erased: HashMap::new(),
            erasures: HashSet::new(),
            before: None,
            misfits: Vec::new(),
            pairs: Vec::new(),
            report: Report::default(),
        };
        walk.compare();
        walk
    }

    /// Retention has dropped these, the last time that it did.
    pub const fn drop(&mut self, dropped: Option<Dropped>) {
        if dropped.is_some() {
            self.dropped = dropped;
        }
    }

    /// Whether retention has dropped the entry of this leaf, as far as is known.
    #[must_use]
    pub fn excuses(&self, leaf: &Leaf) -> bool {
        self.dropped.is_some_and(|it| leaf.at < it.before)
    }

    /// How far it has come.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Another head to be held to, which is not behind it yet.
    pub fn swear(&mut self, sworn: Sworn) {
        if !self.sworn.iter().any(|it| it.head == sworn.head && it.kept == sworn.kept) {
            self.sworn.push(sworn);
            self.sworn.sort_by_key(|it| it.head.size);
        }
    }

    /// The next leaf, and its entry where that is there. Answers whether it goes on: where a gap leads beyond all that was
    /// signed, it does not.
    pub fn leaf(&mut self, leaf: &Leaf, entry: Option<&Entry>) -> bool {
        if leaf.index > self.size && leaf.index >= self.signed() {
            self.report.add(Finding::Inserted { index: Some(leaf.index), entry: leaf.entry });
            return false;
        }
        while self.size < leaf.index {
            self.report.add(Finding::Removed { index: self.size, entry: None });
            self.push(None);
        }
        self.report.entries += 1;
        self.hold_to_entry(leaf, entry);
        self.push(Some(leaf));
        true
    }

    /// How many leaves the greatest head has that somebody we know stands behind.
    fn signed(&self) -> u64 {
        let signed = self.sworn.iter().filter(|it| it.standing == Standing::Signed);
        signed.map(|it| it.head.size).max().unwrap_or_default()
    }

    /// So many more entries wait to be taken up.
    pub fn wait(&mut self, entries: u64) {
        self.report.waiting += entries;
    }

    /// An entry that has no leaf, and does not wait for one, or may not.
    pub fn stray(&mut self, entry: AuditId) {
        self.report.add(Finding::Inserted { index: None, entry });
    }

    /// Something stands among its checkpoints that is none.
    pub fn no_checkpoint(&mut self, note: &str) {
        let size = Head::parse(note).map_or(0, |it| it.size);
        self.report.add(Finding::Forged { size });
    }

    /// What was found.
    #[must_use]
    pub fn finish(mut self) -> Report {
        self.tell_misfits();
        self.tell_pairs();
        self.tell_dropped();
        self.tell_erased();
        self.tell_end();
        self.report
    }

    fn hold_to_entry(&mut self, leaf: &Leaf, entry: Option<&Entry>) {
        let (index, id) = (leaf.index, leaf.entry);
        let Some(entry) = entry else {
            if self.excuses(leaf) {
                self.report.dropped += 1;
            } else {
                self.report.add(Finding::Removed { index, entry: Some(id) });
            }
            return;
        };
        for personal in entry.personal.iter().filter(|it| it.is_erased()) {
            self.report.erased += 1;
            if let Some(subject) = personal.subject {
                self.erased.entry(subject).or_insert((index, id));
            }
        }
        if entry.action == ERASURE {
            self.erasures.insert(entry.target_id.clone());
        }
        let (kept, told) = (leaf.hashes.first().copied().unwrap_or_else(Hash::of_nothing), entry.hash());
        if !entry.keeps_its_word() || !leaf.is_of(entry) {
            self.report.add(Finding::Edited { index, entry: id });
        } else if told != kept {
            self.misfits.push(Misfit { index, entry: id, kept, told });
        }
    }

    /// Adds what is stored with a leaf, or a gap.
    fn push(&mut self, leaf: Option<&Leaf>) {
        let filled = self.size.trailing_ones() as usize;
        let stored = leaf.map_or(&[][..], |it| &it.hashes);
        if let Some(leaf) = leaf.filter(|it| it.hashes.len() != filled + 1) {
            self.report.add(Finding::Reordered { index: leaf.index, entry: leaf.entry });
        }
        let this = leaf.and_then(|it| Some((it.entry, *it.hashes.first()?)));
        let mut newest = this.map(|(_, hash)| hash);
        for height in 1..=filled {
            let left = self.roots.pop().flatten();
            let node = stored.get(height).copied();
            let whole = left.zip(newest).map(|(left, right)| Hash::of_node(left, right));
            if let (Some(whole), Some(node)) = (whole, node)
                && whole != node
            {
                if let (1, Some(before), Some(this)) = (height, self.before, this) {
                    let index = self.size - 1;
                    if self.pairs.len() < Self::TRIED {
                        self.pairs.push(Pair { index, leaves: [before, this], node });
                    } else {
                        self.report.add(Finding::OneEdited { index, entries: [before.0, this.0] });
                    }
                } else {
                    let to = self.size + 1;
                    self.report.add(Finding::Rewritten { from: to - (1 << height), to });
                }
            }
            newest = node.or(whole);
        }
        self.roots.push(newest);
        self.before = this;
        self.size += 1;
        self.compare();
    }

    /// Holds the log as it is so far to the heads of this size.
    fn compare(&mut self) {
        let mut roots = self.roots.iter().rev().copied();
        let root = roots.next().map_or(Some(Hash::of_nothing()), |smallest| {
            roots.try_fold(smallest?, |right, left| Some(Hash::of_node(left?, right)))
        });
        // What is missing has been told.
        let Some(root) = root else { return };
        let (size, from) = (self.size, self.agreed);
        let begin = self.sworn.partition_point(|it| it.head.size < size);
        let same = self.sworn[begin..].iter().take_while(|it| it.head.size == size);
        let (good, bad): (Vec<_>, Vec<_>) = same.partition(|it| it.head.root == root);
        if !good.is_empty() {
            self.agreed = size;
        }
        if !bad.is_empty() {
            self.report.add(Finding::Rewritten { from, to: size });
        }
    }

    /// An entry that comes to the hash of another place was moved there; any other was edited.
    fn tell_misfits(&mut self) {
        let kept: HashMap<Hash, u64> = self.misfits.iter().map(|it| (it.kept, it.index)).collect();
        for Misfit { index, entry, told, .. } in std::mem::take(&mut self.misfits) {
            self.report.add(match kept.get(&told) {
                Some(_) => Finding::Reordered { index, entry },
                None => Finding::Edited { index, entry },
            });
        }
    }

    /// A pair that fits with the leaves of other such pairs was put together of them; in any other one leaf is new.
    fn tell_pairs(&mut self) {
        let pairs = std::mem::take(&mut self.pairs);
        let pool: Vec<Hash> = pairs.iter().flat_map(|it| it.leaves.map(|(_, hash)| hash)).collect();
        for Pair { index, leaves: [first, second], node } in pairs {
            let of_the_pool = pool.iter().flat_map(|left| pool.iter().map(move |right| [*left, *right]));
            match of_the_pool.into_iter().find(|[left, right]| Hash::of_node(*left, *right) == node) {
                Some(right) => {
                    for ((place, (entry, hash)), right) in (index..).zip([first, second]).zip(right) {
                        if hash != right {
                            self.report.add(Finding::Reordered { index: place, entry });
                        }
                    }
                }
                None => self.report.add(Finding::OneEdited { index, entries: [first.0, second.0] }),
            }
        }
    }

    /// Retention has written down how many it dropped: who removes more is found.
    fn tell_dropped(&mut self) {
        if let Some(it) = self.dropped.filter(|it| it.entries < self.report.dropped) {
            self.report.add(Finding::Removed { index: it.entries, entry: None });
        }
    }

    /// What is said of somebody is erased with them, and an entry tells of it.
    fn tell_erased(&mut self) {
        let erased = std::mem::take(&mut self.erased).into_iter();
        let mut alone: Vec<_> = erased.filter(|(subject, _)| !self.erasures.contains(&subject.to_string())).collect();
        alone.sort_unstable_by_key(|(_, (index, _))| *index);
        for (_, (index, entry)) in alone {
            self.report.add(Finding::Edited { index, entry });
        }
    }

    /// The newest checkpoint must be ours, and tell of all that is there.
    fn tell_end(&mut self) {
        let size = self.size;
        let last = self.sworn.iter().map(|it| it.head.size).max().unwrap_or_default();
        if size < last {
            self.report.add(Finding::Cut { from: size, to: Some(last) });
        }
        let kept = self.sworn.iter().filter(|it| it.kept);
        match kept.max_by_key(|it| it.head.size) {
            None if size > 0 => self.report.add(Finding::Forged { size }),
            Some(it) if it.standing != Standing::Signed => {
                let size = it.head.size;
                self.report.add(Finding::Forged { size });
            }
            Some(it) if it.head.size < size => {
                let index = it.head.size;
                if let Some((entry, _)) = self.before {
                    self.report.add(Finding::Inserted { index: Some(index), entry });
                }
            }
            _ => {}
        }
        let forged = |it: &&Sworn| it.standing == Standing::Forged && it.head.size < last;
        let sizes: Vec<u64> = self.sworn.iter().filter(forged).map(|it| it.head.size).collect();
        for size in sizes {
            self.report.add(Finding::Forged { size });
        }
    }
}

#[cfg(test)]
mod tests;
