use std::fmt;

use serde_json::Value;

use crate::{Detail, OrganizationId, Signal};

/// What a domain can do to its aggregates, flattened as far as the store and the audit log need it.
pub trait Change: Clone + fmt::Debug + PartialEq + Send + Sync + 'static {
    /// Before and after, for the audit log; never a secret.
    fn diff(&self) -> Vec<Detail>;

    /// Whose `authorization_version` this moves on.
    fn authorization(&self) -> Option<OrganizationId> {
        None
    }

    /// What the nodes' caches must learn besides.
    fn signal(&self) -> Option<Signal> {
        None
    }
}

/// What the audit log may say of an aggregate: field by field, without its secrets.
pub trait Recorded {
    /// Every field as [`Detail::public`] or [`Detail::personal`], in a fixed order.
    fn record(&self) -> Vec<Detail>;
}

/// A change of one aggregate. Its `version` is the guard: where it has moved on, the unit is stale.
#[derive(Clone, Debug, PartialEq)]
pub enum Write<T> {
    /// A new one.
    Add(T),
    /// From what was read to what should be.
    Save {
        /// As it was read; its version must still hold.
        expected: T,
        /// As it should be; the store sets the version.
        next: T,
    },
    /// Gone.
    Remove {
        /// As it was read; its version must still hold.
        expected: T,
    },
}

impl<T> Write<T> {
    /// The aggregate as it will be, or as it was where it goes.
    pub const fn subject(&self) -> &T {
        match self {
            Self::Add(it) | Self::Save { next: it, .. } | Self::Remove { expected: it } => it,
        }
    }
}

impl<T: Recorded> Write<T> {
    /// The fields that differ, with what they were and what they are.
    #[must_use]
    pub fn diff(&self) -> Vec<Detail> {
        match self {
            Self::Add(next) => next.record().into_iter().filter(|detail| detail.after != Value::Null).collect(),
            Self::Remove { expected } => expected
                .record()
                .into_iter()
                .filter(|detail| detail.after != Value::Null)
                .map(|detail| Detail { before: detail.after.clone(), after: Value::Null, ..detail })
                .collect(),
            Self::Save { expected, next } => expected
                .record()
                .into_iter()
                .zip(next.record())
                .filter(|(old, new)| old.after != new.after)
                .map(|(old, new)| Detail { before: old.after, ..new })
                .collect(),
        }
    }
}
