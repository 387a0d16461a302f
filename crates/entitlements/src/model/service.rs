use std::fmt;

use kernel::{Detail, Recorded, Time};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Plan;

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its name in requests.
    pub code: ServiceCode,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What can be subscribed to, in order.
    pub plans: Vec<Plan>,
    /// Since when nothing of it can be subscribed to any more.
    pub retired_at: Option<Time>,
    /// Moves on with every change; the store sets it.
    pub version: i64,
}

impl Service {
    /// The plan so named, in its newest version.
    #[must_use]
    pub fn plan(&self, key: &str) -> Option<&Plan> {
        self.plans.iter().find(|it| it.key == key)
    }

    /// What of it can be subscribed to; `None` where it is retired.
    #[must_use]
    pub fn offered(mut self) -> Option<Self> {
        self.plans.retain(|it| it.retired_at.is_none());
        self.retired_at.is_none().then_some(self)
    }
}

impl Recorded for Service {
    fn record(&self) -> Vec<Detail> {
        let plan = |it: &Plan| {
            let retired_at = it.retired_at.map(kernel::rfc3339);
            json!({"key": it.key, "name": it.name, "version": it.version, "features": it.features, "retired_at": retired_at})
        };
        let plans: Vec<_> = self.plans.iter().map(plan).collect();
        vec![
            Detail::public("name", self.name.as_str()),
            Detail::public("description", self.description.as_str()),
            Detail::public("plans", plans),
            Detail::public("retired_at", self.retired_at.map(kernel::rfc3339)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::NOON;

    use crate::testing::sms_gateway;

    #[test]
    fn what_is_retired_is_not_offered() {
        let mut service = sms_gateway();
        assert_eq!(service.clone().offered(), Some(service.clone()));
        service.plans[1].retired_at = Some(NOON);
        let keys: Vec<_> = service.clone().offered().unwrap().plans.into_iter().map(|it| it.key).collect();
        assert_eq!(keys, ["free", "premium"]);
        service.retired_at = Some(NOON);
        assert_eq!(service.offered(), None);
    }
}
