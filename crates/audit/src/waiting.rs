use std::fmt::Write;

use kernel::{AuditId, Id, OrganizationId, Time};

use crate::ports::LeafSealer;
use crate::{Entry, Hash};

/// A leaf on its way into the log, as it is kept beside its entry until it is taken up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Whose it is.
    pub entry: AuditId,
    /// When that was.
    pub at: Time,
    /// Which organization's.
    pub organization: Option<OrganizationId>,
    /// Its hash; absent for an entry of before there was a log.
    pub hash: Option<Hash>,
    /// What shows who wrote it.
    pub seal: Option<Vec<u8>>,
}

/// Who wrote a leaf that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// This installation.
    Ours,
    /// Somebody with a key that is not known here: another node, or this installation under another secret.
    Unknown,
    /// Somebody who can write to the database.
    Stranger,
}

impl Waiting {
    /// The leaf of an entry, sealed by who writes it.
    #[must_use]
    pub fn sealed(entry: &Entry, sealer: &dyn LeafSealer) -> Self {
        let Entry { id, at, organization, .. } = *entry;
        let waiting = Self { entry: id, at, organization, hash: Some(entry.hash()), seal: None };
        let seal = sealer.seal(waiting.text().as_bytes());
        Self { seal: Some(seal), ..waiting }
    }

    /// Who wrote it.
    #[must_use]
    pub fn author(&self, sealer: &dyn LeafSealer) -> Author {
        self.seal.as_deref().map_or(Author::Stranger, |it| sealer.author(self.text().as_bytes(), it))
    }

    /// Whether it is the leaf of this entry, as far as that can be told.
    #[must_use]
    pub fn is_of(&self, entry: &Entry) -> bool {
        let same = (self.entry, self.at, self.organization) == (entry.id, entry.at, entry.organization);
        same && self.hash.is_none_or(|it| it == entry.hash())
    }

    /// What is sealed: all there is.
    fn text(&self) -> String {
        let Self { entry, at, organization, hash, .. } = self;
        let mut text = format!("{} {}", entry.uuid(), at.timestamp_micros());
        for part in [organization.map(|it| it.uuid().to_string()), hash.map(|it| it.to_string())] {
            write!(text, " {}", part.as_deref().unwrap_or("-")).ok();
        }
        text
    }
}

/// A leaf that waits, with what there is beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Waits {
    /// The leaf.
    pub waiting: Waiting,
    /// Its entry, where that is there.
    pub entry: Option<Entry>,
    /// Whether its entry stands in the log already.
    pub taken_up: bool,
}

impl Waits {
    /// Whether it is not what was written by this installation, as far as that can be told without the secret or with it.
    #[must_use]
    pub fn is_wrong(&self, sealer: Option<&dyn LeafSealer>) -> bool {
        let strange = sealer.is_some_and(|it| self.waiting.author(it) == Author::Stranger);
        strange || self.taken_up || self.entry.as_ref().is_none_or(|it| !self.waiting.is_of(it))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SumSigner, entry};

    fn waits(n: u64) -> Waits {
        let entry = entry(n);
        Waits { waiting: Waiting::sealed(&entry, &SumSigner(7)), entry: Some(entry), taken_up: false }
    }

    #[test]
    fn a_seal_fits_one_leaf_only() {
        let Waits { waiting: good, .. } = waits(1);
        assert_eq!(good.author(&SumSigner(7)), Author::Ours);
        assert_eq!(good.author(&SumSigner(8)), Author::Unknown);
        for other in [
            Waiting { entry: kernel::testing::nth(2), ..good.clone() },
            Waiting { at: good.at + chrono::TimeDelta::microseconds(1), ..good.clone() },
            Waiting { organization: None, ..good.clone() },
            Waiting { hash: None, ..good.clone() },
            Waiting { seal: waits(2).waiting.seal, ..good.clone() },
            Waiting { seal: None, ..good },
        ] {
            assert_eq!(other.author(&SumSigner(7)), Author::Stranger, "{other:?}");
        }
    }

    #[test]
    fn what_waits_is_held_to_its_entry_and_to_who_wrote_it() {
        let (ours, theirs): (&dyn LeafSealer, &dyn LeafSealer) = (&SumSigner(7), &SumSigner(8));
        let wrong = |it: &Waits| [None, Some(ours), Some(theirs)].map(|sealer| it.is_wrong(sealer));
        assert_eq!(wrong(&waits(1)), [false; 3]);
        assert_eq!(wrong(&Waits { taken_up: true, ..waits(1) }), [true; 3]);
        assert_eq!(wrong(&Waits { entry: None, ..waits(1) }), [true; 3]);
        assert_eq!(wrong(&Waits { entry: Some(Entry { action: "x".into(), ..entry(1) }), ..waits(1) }), [true; 3]);
        let unsealed = Waiting { seal: None, ..waits(1).waiting };
        assert_eq!(wrong(&Waits { waiting: unsealed, ..waits(1) }), [false, true, true]);
    }
}
