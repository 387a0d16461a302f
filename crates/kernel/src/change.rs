use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Detail, OrganizationId, Signal, UserId};

/// What a domain can do to its aggregates, flattened as far as the store and the audit log need it.
pub trait Change: Clone + fmt::Debug + PartialEq + Send + Sync + 'static {
    /// Before and after, for the audit log; never a secret.
    fn diff(&self) -> Vec<Detail>;

    /// Whose `authorization_version` this moves on, and what of it is another then.
    fn authorization(&self) -> Option<(OrganizationId, Touched)> {
        None
    }

    /// What the nodes' caches must learn besides.
    fn signal(&self) -> Option<Signal> {
        None
    }
}

/// What of an organization's authorization is another after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Touched {
    /// What holds for everybody: roles, permissions, the organization itself.
    Rules,
    /// What one member is and was given.
    Member(UserId),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::nth;
    use crate::toy::Note;

    fn note(title: &'static str, text: Option<&'static str>) -> Note {
        Note { author: nth(1), title, text }
    }

    /// Key, before, after.
    fn told(write: &Write<Note>) -> Vec<(String, Value, Value)> {
        write.diff().into_iter().map(|it| (it.key.into_owned(), it.before, it.after)).collect()
    }

    #[test]
    fn of_a_new_one_every_field_that_has_a_value_is_told() {
        assert_eq!(told(&Write::Add(note("a", None))), [("title".into(), Value::Null, json!("a"))]);
    }

    #[test]
    fn of_one_that_goes_every_field_is_told_as_it_was() {
        assert_eq!(
            told(&Write::Remove { expected: note("a", Some("b")) }),
            [("title".into(), json!("a"), Value::Null), ("text".into(), json!("b"), Value::Null)]
        );
        assert_eq!(told(&Write::Remove { expected: note("a", None) }).len(), 1);
    }

    #[test]
    fn of_a_change_only_what_differs_is_told() {
        let save = |expected, next| told(&Write::Save { expected, next });
        assert_eq!(save(note("a", None), note("a", None)), []);
        assert_eq!(save(note("a", None), note("b", None)), [("title".into(), json!("a"), json!("b"))]);
        assert_eq!(save(note("a", Some("b")), note("a", None)), [("text".into(), json!("b"), Value::Null)]);
        assert_eq!(save(note("a", None), note("a", Some("b"))), [("text".into(), Value::Null, json!("b"))]);
    }

    #[test]
    fn what_is_personal_stays_personal() {
        let whose = |write: Write<Note>| write.diff().remove(0).personal;
        let about_the_author = Some(Some(nth(1)));
        assert_eq!(whose(Write::Add(note("a", None))), about_the_author);
        assert_eq!(whose(Write::Save { expected: note("a", None), next: note("b", None) }), about_the_author);
        assert_eq!(whose(Write::Remove { expected: note("a", None) }), about_the_author);
    }

    #[test]
    fn the_subject_is_what_will_be_or_was() {
        assert_eq!(Write::Save { expected: 1, next: 2 }.subject(), &2);
        assert_eq!(Write::Add(1).subject(), &1);
        assert_eq!(Write::Remove { expected: 1 }.subject(), &1);
    }
}
