//! Webhook endpoints, and how events reach them: matching, signing by Standard Webhooks, the schedule of tries.
//!
//! Events are stored with the change they tell of. A relay makes a delivery of each for every endpoint that wants it;
//! [`Deliver`] takes due deliveries, signs, sends and settles them: at least once, never lost.
#![warn(missing_docs)]

mod action;
mod address;
mod change;
mod checks;
mod create_endpoint;
mod delete_endpoint;
mod deliver;
mod disable_endpoint;
mod error;
mod happening;
mod model;
mod order_deliveries;
mod places;
pub mod ports;
mod rotate_secret;
mod schedule;
mod signature;
#[cfg(test)]
mod testing;
mod update_endpoint;
mod verifier;

pub use action::{Action, Deed};
pub use address::is_public;
pub use change::{Change, Order, Ordered};
pub use checks::Checks;
pub use create_endpoint::{CreateEndpoint, CreateEndpointInput, Created};
pub use delete_endpoint::DeleteEndpoint;
pub use deliver::Deliver;
pub use disable_endpoint::{DisableEndpoint, MAILS, Reason};
pub use error::Error;
pub use happening::Happening;
pub use model::{
    CustomHeaders, Delivery, DeliveryDetails, DeliveryStatus, Endpoint, EndpointStatus, EndpointUrl, Filters, Message,
    RetiredSecret, Scheme, SigningSecret, Try,
};
pub use order_deliveries::OrderDeliveries;
pub use places::{FIRST_PLACES, places};
pub use rotate_secret::RotateSecret;
pub use schedule::{LONGEST_PAUSE, retry_at};
pub use signature::sign;
pub use update_endpoint::{EndpointPatch, UpdateEndpoint};
pub use verifier::Verifier;
