//! What unit tests of this domain, and of services that link it, are made of.

use kernel::testing::{NOON, nth};

use crate::catalogue;
use crate::model::{Service, Subscription};

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
        started_at: NOON,
        trial_ends_at: None,
        suspended_at: None,
        ends_at: None,
        cancelled_at: None,
        version: 1,
    }
}
