//! Services, plans, subscriptions and meters: what an organization may use, and how much of it is left.
//!
//! Status and decision are pure functions of a row and the clock ([`Subscription::status`], [`Entitlement::of`]); what
//! was consumed is counted by one atomic statement behind [`ports::Meters`].
#![warn(missing_docs)]

mod action;
pub mod catalogue;
mod change;
mod consume;
mod entitlement;
mod error;
mod happening;
mod install_catalogue;
mod look_up;
mod model;
mod period;
pub mod ports;
mod subscribe;
#[cfg(any(test, feature = "mocks"))]
pub mod testing;

pub use action::Action;
pub use change::Change;
pub use consume::{Consume, ConsumeInput, Consumed, Consumption, ConsumptionOutcome, witness as witness_consumption};
pub use entitlement::{Entitlement, FeatureState, FeatureValue};
pub use error::Error;
pub use happening::Happening;
pub use install_catalogue::InstallCatalogue;
pub use look_up::LookUp;
pub use model::{Feature, FeatureKind, LimitKind, Plan, Service, ServiceCode, Status, Subscription};
pub use period::{Period, Window};
pub use subscribe::{Subscribe, SubscribeInput, Subscribed};
