use std::fmt;

use kernel::AuditId;

/// One thing that is wrong with a log. Indexes count from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// An entry is not what it was.
    Edited {
        /// Where it stands.
        index: u64,
        /// Which.
        entry: AuditId,
    },
    /// One of two is not what it was, and the log can't tell which: its leaf was made to fit.
    OneEdited {
        /// Where the first stands; the other stands next to it.
        index: u64,
        /// Which two.
        entries: [AuditId; 2],
    },
    /// An entry is gone, or its leaf is.
    Removed {
        /// Where it stood.
        index: u64,
        /// Which, where that can be told.
        entry: Option<AuditId>,
    },
    /// An entry stands where another stood.
    Reordered {
        /// Where it stands.
        index: u64,
        /// Which.
        entry: AuditId,
    },
    /// An entry that the log never took up.
    Inserted {
        /// Where it stands, where it stands anywhere.
        index: Option<u64>,
        /// Which.
        entry: AuditId,
    },
    /// The end is missing.
    Cut {
        /// How much is left.
        from: u64,
        /// How much there was, where that can be told.
        to: Option<u64>,
    },
    /// The log is another than was signed.
    Rewritten {
        /// Up to here it is the same.
        from: u64,
        /// Here it is not.
        to: u64,
    },
    /// Its newest checkpoint is not signed by who should have.
    Forged {
        /// Of how many entries it tells.
        size: u64,
    },
}

impl Finding {
    /// Its name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Edited { .. } | Self::OneEdited { .. } => "edited",
            Self::Removed { .. } => "removed",
            Self::Reordered { .. } => "reordered",
            Self::Inserted { .. } => "inserted",
            Self::Cut { .. } => "cut",
            Self::Rewritten { .. } => "rewritten",
            Self::Forged { .. } => "forged",
        }
    }

    /// Where, in the log.
    #[must_use]
    pub const fn index(&self) -> Option<u64> {
        match self {
            Self::Edited { index, .. }
            | Self::OneEdited { index, .. }
            | Self::Removed { index, .. }
            | Self::Reordered { index, .. } => Some(*index),
            Self::Inserted { index, .. } => *index,
            Self::Cut { from, .. } | Self::Rewritten { from, .. } => Some(*from),
            Self::Forged { .. } => None,
        }
    }

    /// Which entry, where it is one.
    #[must_use]
    pub const fn entry(&self) -> Option<AuditId> {
        match self {
            Self::Edited { entry, .. } | Self::Reordered { entry, .. } | Self::Inserted { entry, .. } => Some(*entry),
            Self::Removed { entry, .. } => *entry,
            Self::OneEdited { .. } | Self::Cut { .. } | Self::Rewritten { .. } | Self::Forged { .. } => None,
        }
    }
}

/// In words, the name first.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.code())?;
        match self {
            Self::Edited { index, entry } => write!(f, "entry {entry} at {index} is not what the log took up"),
            Self::OneEdited { index, entries: [one, other] } => {
                write!(f, "entry {one} at {index} or entry {other} next to it is not what the log took up")
            }
            Self::Removed { index, entry: Some(entry) } => write!(f, "entry {entry} at {index} is gone"),
            Self::Removed { index, entry: None } => write!(f, "the entry at {index} is gone"),
            Self::Reordered { index, entry } => write!(f, "entry {entry} stands at {index}, where another stood"),
            Self::Inserted { index: Some(index), entry } => {
                write!(f, "entry {entry} at {index} was never taken up by the log")
            }
            Self::Inserted { index: None, entry } => write!(f, "entry {entry} was never taken up by the log"),
            Self::Cut { from, to: Some(to) } => write!(f, "of {to} entries only the first {from} are there"),
            Self::Cut { from, to: None } => write!(f, "what comes after the first {from} entries is not there"),
            Self::Rewritten { from: 0, to } => write!(f, "the first {to} entries are not those that were signed"),
            Self::Rewritten { from, to } => {
                write!(f, "the first {from} entries are those that were signed, the first {to} are not")
            }
            Self::Forged { size } => write!(f, "the checkpoint of {size} entries is not signed by the log's key"),
        }
    }
}
