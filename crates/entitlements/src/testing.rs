//! What unit tests of this domain, and of services that link it, are made of.

use kernel::testing::{NOON, nth};

use crate::model::{Service, Subscription};
use crate::{MeterRow, MeterState, Period, ServiceFacts, Terms, catalogue};

/// The catalogue's SMS gateway.
///
/// # Panics
/// Where the catalogue has none.
#[must_use]
#[expect(clippy::expect_used, reason = "for tests only")]
pub fn sms_gateway() -> Service {
    catalogue::initial().into_iter().find(|it| it.code.as_str() == "SMS_GATEWAY").expect("an SMS gateway")
}

/// A subscription of the 60th organization to the SMS gateway, begun at [`NOON`], version 1.
#[must_use]
pub fn subscription(plan: &str) -> Subscription {
    Subscription {
        id: nth(90),
        organization: nth(60),
        service: sms_gateway().code,
        plan: plan.to_owned(),
        plan_version: 1,
        started_at: NOON,
        anchor: NOON,
        trial_ends_at: None,
        suspension: None,
        cancelled_at: None,
        ends_at: None,
        next_plan: None,
        external_reference: None,
        settled_until: None,
        version: 1,
    }
    .settled(NOON)
}

/// What is stored about the SMS gateway after [`subscription`] to a plan of it, with nothing used.
///
/// # Panics
/// Where there is no such plan.
#[must_use]
#[expect(clippy::expect_used, reason = "for tests only")]
pub fn service_facts(plan: &str) -> ServiceFacts {
    let plan = sms_gateway().plan(plan).cloned().expect("a plan");
    let terms = Terms { subscription: subscription(&plan.key), upcoming: plan.clone(), plan };
    ServiceFacts { terms, meters: Vec::new(), grants: Vec::new(), reservations: Vec::new() }
}

/// A month's meter of which so much was used, in the window that began at [`NOON`].
#[must_use]
pub const fn row(used: i64) -> MeterRow {
    MeterRow { period: Period::Month, window_start: NOON, used, quota: 100, granted: 0, carried: 0, announced: 0 }
}

/// [`row`], version 1.
#[must_use]
pub const fn state(used: i64) -> MeterState {
    MeterState { row: row(used), resting: Vec::new(), version: 1 }
}
