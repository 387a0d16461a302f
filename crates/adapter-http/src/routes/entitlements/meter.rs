//! How a meter stands, as answers and refusals tell it.

use entitlements::{Balance, Consumed};
use kernel::Time;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Moment;
use crate::error::{ApiError, Kind};

/// What became of a consumption.
#[derive(Serialize, ToSchema)]
pub(in crate::routes) struct Usage {
    accepted: bool,
    #[schema(example = "messages")]
    meter: String,
    /// Used in this period, this included where it was accepted.
    used: i64,
    /// What is left; never below zero.
    remaining: i64,
    /// The quota, with what was carried over and granted.
    limit: i64,
    /// When the quota begins anew; null where it never does.
    #[schema(required)]
    resets_at: Option<Moment>,
}

impl From<Consumed> for Usage {
    fn from(Consumed { accepted, meter, balance }: Consumed) -> Self {
        let Balance { used, remaining, limit, resets_at } = balance;
        Self { accepted, meter, used, remaining, limit, resets_at: resets_at.map(Moment) }
    }
}

/// As it is answered where it counts, and refused where it would pass a hard quota.
pub(in crate::routes) fn told(consumed: Consumed, at: Time) -> Result<Usage, ApiError> {
    if consumed.accepted { Ok(consumed.into()) } else { Err(exceeded(&consumed.meter, &consumed.balance, at)) }
}

pub(in crate::routes) fn exceeded(meter: &str, balance: &Balance, at: Time) -> ApiError {
    let error = ApiError::from(Kind::QUOTA_EXCEEDED)
        .with("accepted", false)
        .with("meter", meter)
        .with("used", balance.used)
        .with("remaining", balance.remaining)
        .with("limit", balance.limit)
        .with("resets_at", balance.resets_at.map(kernel::rfc3339));
    match balance.resets_at {
        Some(resets_at) => error.retry_after((resets_at - at).num_seconds().max(0) + 1),
        None => error,
    }
}
