use std::fmt;

use kernel::{Detail, Recorded};
use serde::{Deserialize, Serialize};

use crate::Period;

/// A service's name in requests: 1 to 50 characters of `[A-Z0-9_]`, as in seed 000: `SMS_GATEWAY`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ServiceCode(String);

impl ServiceCode {
    /// `None` where the form is not met.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let good = (1..=50).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        good.then(|| Self(text.to_owned()))
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Something organizations subscribe to, with its plans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name in requests.
    pub code: ServiceCode,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What can be subscribed to, in order.
    pub plans: Vec<Plan>,
    /// Moves on with every change; the store sets it.
    pub version: i64,
}

impl Service {
    /// The plan so named.
    #[must_use]
    pub fn plan(&self, key: &str) -> Option<&Plan> {
        self.plans.iter().find(|it| it.key == key)
    }
}

/// A level of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its name within the service.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// What it gives.
    pub features: Vec<Feature>,
}

impl Plan {
    /// The feature so named.
    #[must_use]
    pub fn feature(&self, key: &str) -> Option<&Feature> {
        self.features.iter().find(|it| it.key == key)
    }
}

/// One thing a plan gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feature {
    /// Its name within the plan; a meter's is the meter's.
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
    Meter {
        /// How much of it per period.
        quota: i64,
        /// Which period.
        period: Period,
        /// What happens at the quota.
        limit_kind: LimitKind,
    },
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

impl Recorded for Service {
    fn record(&self) -> Vec<Detail> {
        let plans: Vec<&str> = self.plans.iter().map(|it| it.key.as_str()).collect();
        vec![
            Detail::public("name", self.name.as_str()),
            Detail::public("description", self.description.as_str()),
            Detail::public("plans", plans),
        ]
    }
}
