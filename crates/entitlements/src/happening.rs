use kernel::Scope;
use serde_json::{Value, json};

use crate::metering::MeterKey;
use crate::model::{Alteration, QuotaGrant};
use crate::subscription_view::SubscriptionView;

/// What this domain announces.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// Something became of a subscription.
    Subscription {
        /// What.
        alteration: Alteration,
        /// As it stands then.
        subscription: SubscriptionView,
    },
    /// More of a meter may be used than the plan allows.
    QuotaGranted(QuotaGrant),
    /// A meter passed a part of its quota, for the first time in this period.
    ThresholdReached {
        /// Which meter.
        meter: MeterKey,
        /// 80 or 100.
        percent: i16,
        /// Used now.
        used: i64,
        /// The quota.
        limit: i64,
    },
}

impl Happening {
    /// Every event type.
    pub const ALL: &'static [&'static str] = &[
        "entitlement.activated",
        "entitlement.suspended",
        "entitlement.cancelled",
        "entitlement.changed",
        "entitlement.threshold_reached",
    ];
}

impl kernel::Happening for Happening {
    fn code(&self) -> &'static str {
        match self {
            Self::Subscription { alteration, .. } => alteration.event(),
            Self::QuotaGranted(_) => "entitlement.changed",
            Self::ThresholdReached { .. } => "entitlement.threshold_reached",
        }
    }

    fn scope(&self) -> Scope {
        Scope::Organization(match self {
            Self::Subscription { subscription, .. } => subscription.organization,
            Self::QuotaGranted(grant) => grant.organization,
            Self::ThresholdReached { meter, .. } => meter.organization,
        })
    }

    fn data(&self) -> Value {
        match self {
            Self::Subscription { alteration, subscription } => {
                let mut data = alteration.told();
                data.insert("subscription".to_owned(), subscription.told());
                data.into()
            }
            Self::QuotaGranted(grant) => json!({
                "change": "granted",
                "grant": {
                    "id": grant.id, "service": grant.service, "meter": grant.meter, "amount": grant.amount,
                    "priority": grant.priority, "expires_at": grant.expires_at.map(kernel::rfc3339),
                },
            }),
            Self::ThresholdReached { meter: MeterKey { service, meter, .. }, percent, used, limit } => {
                json!({"service": service, "meter": meter, "percent": percent, "used": used, "limit": limit})
            }
        }
    }
}
