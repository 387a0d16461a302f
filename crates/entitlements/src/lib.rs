//! Services, plans, subscriptions and meters: what an organization may use, and how much of it is left.
//!
//! Status and decision are pure functions of a row and the clock ([`Subscription::status`], [`Entitlement::of`],
//! [`Meter::deal`]); what counts is held alone and written whole behind [`ports::Meters`].
#![warn(missing_docs)]

mod action;
mod activate_subscription;
mod cancel_subscription;
pub mod catalogue;
mod change;
mod change_subscription;
mod check;
mod consume;
mod correct_usage;
mod create_service;
mod entitlement;
mod error;
mod grant_quota;
mod happening;
mod install_catalogue;
mod look_up;
mod manage_subscription;
mod metering;
mod model;
mod move_subscriptions;
mod period;
pub mod ports;
mod read_history;
mod reserve;
mod resume_subscription;
mod set_plan;
mod subscribe;
mod subscription_view;
mod suspend_subscription;
mod terms;
#[cfg(any(test, feature = "mocks"))]
pub mod testing;
mod update_service;

pub use action::Action;
pub use change::Change;
pub use change_subscription::SubscriptionPatch;
pub use check::{Check, Refusal};
pub use consume::{Consume, ConsumeInput, Consumed};
pub use correct_usage::{CorrectUsage, CorrectUsageInput};
pub use create_service::{CreateService, ServiceInput};
pub use entitlement::{Entitlement, FeatureState, FeatureValue};
pub use error::Error;
pub use grant_quota::{GrantQuota, QuotaGrantInput};
pub use happening::Happening;
pub use install_catalogue::InstallCatalogue;
pub use look_up::LookUp;
pub use manage_subscription::ManageSubscription;
pub use metering::{
    Answer, Balance, Counted, Deed, GrantState, Hour, Meter, MeterFacts, MeterKey, MeterRow, MeterState, Order,
    Remembered, ServiceFacts, Written,
};
pub use model::{
    Alteration, Blocks, Feature, FeatureKind, LimitKind, Plan, Quota, QuotaGrant, Reservation, ReservationStatus,
    Service, ServiceCode, Status, Subscription, Suspension, SuspensionReason, When,
};
pub use move_subscriptions::MoveSubscriptions;
pub use period::{Period, Window};
pub use read_history::{Bucket, Granularity, ReadHistory};
pub use reserve::{Reserve, ReserveInput};
pub use set_plan::{PlanInput, SetPlan};
pub use subscribe::{Subscribe, SubscribeInput};
pub use subscription_view::SubscriptionView;
pub use terms::Terms;
pub use update_service::{ServicePatch, UpdateService};
