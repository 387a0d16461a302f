//! Webhook endpoints, and how events reach them: matching, signing by Standard Webhooks, the schedule of tries.
//!
//! Events are stored with the change they tell of. A relay makes a delivery of each for every endpoint that wants it;
//! [`Deliver`] takes due deliveries, signs, sends and settles them: at least once, never lost.
#![warn(missing_docs)]

mod action;
mod address;
mod change;
mod create_endpoint;
mod deliver;
mod error;
mod model;
pub mod ports;
mod schedule;
mod signature;

pub use action::Action;
pub use address::is_public;
pub use change::Change;
pub use create_endpoint::{CreateEndpoint, CreateEndpointInput, Created};
pub use deliver::Deliver;
pub use error::Error;
pub use model::{Endpoint, EndpointStatus, EndpointUrl, SigningSecret};
pub use schedule::retry_at;
pub use signature::sign;
