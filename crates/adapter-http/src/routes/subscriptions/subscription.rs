use entitlements::{Status, SubscriptionView, Suspension};
use kernel::Id;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::Moment;

/// A subscription.
#[derive(Serialize, ToSchema)]
pub(super) struct Subscription {
    id: Uuid,
    #[schema(example = "SMS_GATEWAY")]
    service: String,
    #[schema(example = "standard")]
    plan: String,
    /// Of the plan; another where its features have changed since.
    plan_version: i32,
    /// `trialing`, `active`, `suspended`, `cancelled` or `expired`.
    #[schema(example = "active")]
    status: &'static str,
    started_at: Moment,
    current_period_start: Moment,
    #[schema(required)]
    current_period_end: Option<Moment>,
    #[schema(required)]
    trial_ends_at: Option<Moment>,
    /// The plan it takes when the period ends.
    #[schema(required, example = "premium")]
    next_plan: Option<String>,
    #[schema(required)]
    cancelled_at: Option<Moment>,
    /// When it ends, once that is decided.
    #[schema(required)]
    ends_at: Option<Moment>,
    #[schema(required, inline)]
    suspension: Option<Stop>,
    /// What a billing system knows it by.
    #[schema(required, example = "invoice-4711")]
    external_reference: Option<String>,
}

/// What stops a subscription.
#[derive(Serialize, ToSchema)]
pub(super) struct Stop {
    since: Moment,
    /// `payment`, `abuse` or `other`.
    #[schema(example = "payment")]
    reason: &'static str,
    /// `use`: also every change by the organization. `change`: only those.
    #[schema(example = "use")]
    blocks: &'static str,
}

impl From<Suspension> for Stop {
    fn from(it: Suspension) -> Self {
        Self { since: Moment(it.since), reason: it.reason.as_str(), blocks: it.blocks.as_str() }
    }
}

impl From<SubscriptionView> for Subscription {
    fn from(it: SubscriptionView) -> Self {
        Self {
            id: it.id.uuid(),
            service: it.service.to_string(),
            plan: it.plan,
            plan_version: it.plan_version,
            status: Status::as_str(it.status),
            started_at: Moment(it.started_at),
            current_period_start: Moment(it.current_period_start),
            current_period_end: it.current_period_end.map(Moment),
            trial_ends_at: it.trial_ends_at.map(Moment),
            next_plan: it.next_plan,
            cancelled_at: it.cancelled_at.map(Moment),
            ends_at: it.ends_at.map(Moment),
            suspension: it.suspension.map(Stop::from),
            external_reference: it.external_reference,
        }
    }
}
