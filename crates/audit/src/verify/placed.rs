use super::{Finding, Leaf};
use crate::tree::is_included;
use crate::{Entry, Hash, Head};

/// A leaf of the log with what proves it, and its entry where that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The leaf.
    pub leaf: Leaf,
    /// What proves that it stands there, against a head.
    pub proof: Vec<Hash>,
    /// Its entry.
    pub entry: Option<Entry>,
}

impl Placed {
    /// What it comes to: its entry's hash, or where that is gone what is kept of it.
    fn hash(&self) -> Option<Hash> {
        self.entry.as_ref().map(Entry::hash).or(self.leaf.hashes.first().copied())
    }

    /// Whether its leaf is one of the log's.
    pub(super) fn stands(&self, head: &Head) -> bool {
        self.leaf.hashes.first().is_some_and(|it| self.proves(*it, head))
    }

    /// Whether it is what stands in its place.
    pub(super) fn is_as_signed(&self, head: &Head) -> bool {
        let honest = self.entry.as_ref().is_none_or(|it| it.keeps_its_word() && self.leaf.is_of(it));
        honest && self.hash() == self.leaf.hashes.first().copied() && self.stands(head)
    }

    /// Whether this hash stands in its place.
    fn proves(&self, hash: Hash, head: &Head) -> bool {
        is_included(hash, self.leaf.index, head.size, head.root, &self.proof)
    }
}

/// What is wrong with some leaves, held to a signed head one by one. Where retention has dropped the entry only the hash is
/// looked at; `may_be_gone` says of which leaves that may be.
#[must_use]
pub fn examine(placed: &[Placed], head: &Head, may_be_gone: impl Fn(&Leaf) -> bool) -> Vec<Finding> {
    let wrong: Vec<&Placed> = placed.iter().filter(|it| !it.is_as_signed(head)).collect();
    let gone = placed.iter().filter(|it| it.entry.is_none() && !may_be_gone(&it.leaf)).map(|it| &it.leaf);
    let mut findings: Vec<Finding> =
        gone.map(|it| Finding::Removed { index: it.index, entry: Some(it.entry) }).collect();
    for it in wrong.iter().filter(|it| it.entry.is_some()) {
        let (index, entry) = (it.leaf.index, it.leaf.entry);
        let belongs_at = |other: &&&Placed| it.hash().is_some_and(|hash| other.proves(hash, head));
        findings.push(if index >= head.size {
            Finding::Inserted { index: Some(index), entry }
        } else if wrong.iter().any(|other| other.leaf.index != index && belongs_at(&other)) {
            Finding::Reordered { index, entry }
        } else {
            Finding::Edited { index, entry }
        });
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{log, placed};

    fn codes(placed: &[Placed], head: &Head) -> Vec<&'static str> {
        examine(placed, head, |_| false).iter().map(Finding::code).collect()
    }

    #[test]
    fn what_stands_as_it_was_signed_is_good() {
        let (leaves, head) = log(9);
        let all = placed(&leaves);
        assert_eq!(codes(&all, &head), [""; 0]);
        assert_eq!(codes(&all[3..5], &head), [""; 0], "some of it too");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let (leaves, head) = log(9);
        let good = placed(&leaves);
        let change = |how: fn(&mut Vec<Placed>)| {
            let mut all = good.clone();
            how(&mut all);
            codes(&all, &head)
        };
        assert_eq!(change(|it| it[2].entry.as_mut().unwrap().action = "other".to_owned()), ["edited"]);
        assert_eq!(change(|it| it[2].entry.as_mut().unwrap().personal[0].detail.after = 1.into()), ["edited"]);
        assert_eq!(change(|it| it[2].leaf.organization = None), ["edited"]);
        assert_eq!(change(|it| it[2].entry = None), ["removed"]);
        assert_eq!(
            change(|it| {
                let third = it[2].entry.take();
                it[2].entry = it[6].entry.replace(third.unwrap());
            }),
            ["reordered", "reordered"]
        );
        assert_eq!(change(|it| it[8].leaf.index = 9), ["inserted"]);
        assert_eq!(change(|it| it[2].proof[1] = Hash::of_nothing()), ["edited"]);
        let mut all = good.clone();
        all[2].entry = None;
        assert!(examine(&all, &head, |it| it.index == 2).is_empty(), "retention may drop");
    }
}
