use kernel::{Detail, OrganizationId, QuotaGrantId, Recorded, Time};
use serde::{Deserialize, Serialize};

use super::ServiceCode;

/// What an organization may use of a meter beyond its plan's quota: once, whatever the period, until it expires. The quota
/// is used first, then grants by priority, then by the earliest expiry, then by age.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaGrant {
    /// Its id.
    pub id: QuotaGrantId,
    /// Whose.
    pub organization: OrganizationId,
    /// Of which service.
    pub service: ServiceCode,
    /// Of which meter.
    pub meter: String,
    /// How much.
    pub amount: i64,
    /// The smaller, the earlier it is used.
    pub priority: i16,
    /// Until when it can be used; absent where that never ends.
    pub expires_at: Option<Time>,
    /// Since when.
    pub created_at: Time,
    /// Moves on with every change but use; the store sets it.
    pub version: i64,
}

impl QuotaGrant {
    /// Whether it can be used at the moment `at`.
    #[must_use]
    pub fn is_good(&self, at: Time) -> bool {
        self.expires_at.is_none_or(|it| at < it)
    }

    /// The order in which grants are used.
    pub(crate) fn precedence(&self) -> impl Ord + use<> {
        (self.priority, self.expires_at.unwrap_or(Time::MAX_UTC), self.created_at, self.id)
    }
}

impl Recorded for QuotaGrant {
    fn record(&self) -> Vec<Detail> {
        vec![
            Detail::public("service", self.service.as_str()),
            Detail::public("meter", self.meter.as_str()),
            Detail::public("amount", self.amount),
            Detail::public("priority", self.priority),
            Detail::public("expires_at", self.expires_at.map(kernel::rfc3339)),
        ]
    }
}
