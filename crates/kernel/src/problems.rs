use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What is wrong with an input, by field, each broken rule a sentence of its own: the `errors` of a 422.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Problems(BTreeMap<Cow<'static, str>, Vec<String>>);

impl Problems {
    /// One sentence about one field.
    #[must_use]
    pub fn one(field: impl Into<Cow<'static, str>>, sentence: impl Into<String>) -> Self {
        let mut problems = Self::default();
        problems.add(field, sentence);
        problems
    }

    /// Another sentence about a field.
    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, sentence: impl Into<String>) {
        self.0.entry(field.into()).or_default().push(sentence.into());
    }

    /// All of another's, its fields standing under `prefix.`.
    pub fn add_all(&mut self, prefix: &str, other: Self) {
        for (field, sentences) in other.0 {
            let field = if prefix.is_empty() { field } else { Cow::Owned(format!("{prefix}.{field}")) };
            self.0.entry(field).or_default().extend(sentences);
        }
    }

    /// Keeps the value, or takes note that it is missing its form.
    pub fn check<T>(&mut self, field: impl Into<Cow<'static, str>>, value: Option<T>, sentence: &str) -> Option<T> {
        if value.is_none() {
            self.add(field, sentence);
        }
        value
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields and their sentences, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(field, sentences)| (field.as_ref(), sentences.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::Problems;

    #[test]
    fn sentences_gather_under_their_fields() {
        let mut inner = Problems::one("email", "Bad.");
        inner.add("email", "Worse.");
        let mut problems = Problems::one("name", "Missing.");
        problems.add_all("owner", inner.clone());
        problems.add_all("", inner);
        let told: Vec<_> = problems.iter().map(|(field, sentences)| (field, sentences.join(" "))).collect();
        let twice = || "Bad. Worse.".to_owned();
        assert_eq!(told, [("email", twice()), ("name", "Missing.".to_owned()), ("owner.email", twice())]);
    }

    #[test]
    fn a_value_that_is_there_is_kept() {
        let mut problems = Problems::default();
        assert_eq!(problems.check("a", Some(1), "Missing."), Some(1));
        assert!(problems.is_empty());
        assert_eq!(problems.check("a", None::<u8>, "Missing."), None);
        assert_eq!(problems, Problems::one("a", "Missing."));
    }
}
