use serde::{Deserialize, Serialize};

use crate::Period;
use kernel::Time;

/// A level of a service, in one of its versions. What was subscribed to keeps its version until it renews or moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its name within the service, as [`Plan::is_key`] wants it.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// Counted from 1; another set of features is another version.
    pub version: i32,
    /// What it gives.
    pub features: Vec<Feature>,
    /// Since when it can't be subscribed to any more.
    pub retired_at: Option<Time>,
}

impl Plan {
    /// Whether it could name a plan: 1 to 50 characters of `[a-z0-9_-]`.
    #[must_use]
    pub fn is_key(text: &str) -> bool {
        (1..=50).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
    }

    /// The feature so named.
    #[must_use]
    pub fn feature(&self, key: &str) -> Option<&Feature> {
        self.features.iter().find(|it| it.key == key)
    }

    /// The quota of the meter so named.
    #[must_use]
    pub fn quota(&self, meter: &str) -> Option<&Quota> {
        match &self.feature(meter)?.kind {
            FeatureKind::Meter(quota) => Some(quota),
            FeatureKind::Boolean { .. } | FeatureKind::Value { .. } => None,
        }
    }
}

/// One thing a plan gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feature {
    /// Its name within the plan: 1 to 50 characters of `[a-z0-9_]`; a meter's is the meter's.
    pub key: String,
    /// What it is.
    #[serde(flatten)]
    pub kind: FeatureKind,
}

/// What a feature is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FeatureKind {
    /// On or off.
    Boolean {
        /// On?
        value: bool,
    },
    /// A setting.
    Value {
        /// Its value.
        value: String,
    },
    /// Something counted.
    Meter(Quota),
}

/// A meter's limit per period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// How much of it per period.
    #[serde(rename = "quota")]
    pub limit: i64,
    /// Which period.
    pub period: Period,
    /// What happens at the quota.
    pub limit_kind: LimitKind,
    /// How much of what is left at a period's end is carried into the next, at most.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub rollover: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_nothing(amount: &i64) -> bool {
    *amount == 0
}

/// What happens at a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKind {
    /// It is never passed.
    Hard,
    /// It may be passed, and is told.
    Soft,
}

impl LimitKind {
    /// As told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
        }
    }
}
