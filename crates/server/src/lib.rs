//! Configuration, wiring, workers and the `portcullis` command. Everything else lives in the crates this one joins.

pub mod command;
mod commands;
mod config;
mod first_start;
mod foundation;
mod logs;
mod proving;
mod secret_key;
mod serve;
mod short_lived;
mod sources;
mod traces;
mod verify_audit;
mod wiring;
mod workers;

pub use config::{Administrator, BadConfig, Config};
pub use serve::{Running, start};

/// The one TLS implementation of this process; asking again changes nothing.
pub fn use_aws_lc_rs() {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
}
