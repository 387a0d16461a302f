//! The audit trail: what was done and what was refused, by whom, to what, when, from where; and the log that proves it.
//!
//! Entries are written by the store in the transaction of the change they tell of, each with its leaf. A sequencer chains the
//! leaves into one Merkle log (RFC 6962) and signs what it comes to ([`Head`]). [`verify`] finds what was changed since.
#![warn(missing_docs)]

mod action;
mod change;
mod check_log;
mod check_organization;
mod checkpoint;
mod entry;
pub mod export;
mod filter;
mod keep;
mod leaf;
pub mod note;
pub mod ports;
mod record_export;
mod signatories;
#[cfg(any(test, feature = "mocks"))]
pub mod testing;
pub mod tree;
pub mod verify;
mod waiting;

pub use action::Action;
pub use change::Change;
pub use check_log::CheckLog;
pub use check_organization::{CheckOrganization, Checked};
pub use checkpoint::{Head, Notary};
pub use entry::{Detail, Entry, Personal, words_of_actor};
pub use filter::Filter;
pub use keep::Keep;
pub use record_export::RecordExport;
pub use signatories::Signatories;
pub use tree::Hash;
pub use waiting::{Author, Waiting, Waits};
