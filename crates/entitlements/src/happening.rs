use kernel::{OrganizationId, Scope};
use serde_json::{Value, json};

use crate::model::{ServiceCode, Subscription};

/// What this domain announces.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// A subscription began.
    Activated(Subscription),
    /// A meter passed a part of its quota, for the first time in this period.
    ThresholdReached {
        /// Whose.
        organization: OrganizationId,
        /// Of which service.
        service: ServiceCode,
        /// Which meter.
        meter: String,
        /// 80 or 100.
        percent: u8,
        /// Used now.
        used: i64,
        /// The quota.
        limit: i64,
    },
}

impl Happening {
    /// Every event type.
    pub const ALL: &'static [&'static str] = &["entitlement.activated", "entitlement.threshold_reached"];
}

impl kernel::Happening for Happening {
    fn code(&self) -> &'static str {
        match self {
            Self::Activated(_) => "entitlement.activated",
            Self::ThresholdReached { .. } => "entitlement.threshold_reached",
        }
    }

    fn scope(&self) -> Scope {
        Scope::Organization(match self {
            Self::Activated(it) => it.organization,
            Self::ThresholdReached { organization, .. } => *organization,
        })
    }

    fn data(&self) -> Value {
        match self {
            Self::Activated(it) => json!({
                "subscription": {
                    "id": it.id, "service": it.service, "plan": it.plan,
                    "started_at": kernel::rfc3339(it.started_at), "trial_ends_at": it.trial_ends_at.map(kernel::rfc3339),
                }
            }),
            Self::ThresholdReached { service, meter, percent, used, limit, .. } => {
                json!({"service": service, "meter": meter, "percent": percent, "used": used, "limit": limit})
            }
        }
    }
}
