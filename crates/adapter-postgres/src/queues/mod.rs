//! What waits for a worker: claimed under a lease, by any number of nodes, without waiting for each other.

mod deliveries;
mod mail_queue;
mod mail_requests;
mod relay;
pub(crate) mod sealed_mail;
mod sequencer;
mod unknown_key;
pub(crate) mod waiting;
mod waiting_endpoints;

pub use sequencer::Sequencer;
pub(crate) use sequencer::newest_checkpoint;
pub(crate) use waiting_endpoints::waiting_endpoints;
